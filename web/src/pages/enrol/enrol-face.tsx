import { useState } from 'react';
import type { Proof } from '../../api/client';
import type { ChallengePurpose } from '../../api/live-challenge';
import { useConfig } from '../../api/queries';
import type { GuideState } from '../../camera/guidance/use-guide';
import type { LiveCameraWords } from '../../camera/live/live-words';
import { useWords } from '../../ui/words/use-words';
import { AfterLook } from '../after-look';
import { FaceCamera } from '../face-camera';
import { Refused } from '../refused';
import { portraits } from '../shots';
import { ChosenPhotos } from './chosen-photos';
import { PhotoChooser, type Chosen } from './photo-chooser';

interface EnrolFaceProps {
  readonly purpose: ChallengePurpose;
  readonly guide: GuideState;
  readonly words: LiveCameraWords;
  /** A face is on its way to the server. */
  readonly busy: boolean;
  readonly error: Error | null;
  /** What to say of that error where the page knows better than its code. */
  readonly sentence?: string | undefined;
  readonly onProof: (proof: Proof) => void;
  /** The look itself did not pass. */
  readonly onError: (error: Error) => void;
  /** The person has seen the error, and shows something else. */
  readonly onRetry: () => void;
}

/** What a template is made of: the camera, or photo files where this server takes them. */
export function EnrolFace(props: EnrolFaceProps) {
  const { purpose, guide, words, busy, error, sentence, onProof, onError, onRetry } = props;
  const { photos } = useWords();
  const config = useConfig().data;
  const most = config?.max_images.register ?? 1;
  const [attempt, setAttempt] = useState(0);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const choose = (photosNow: readonly Blob[], unreadable: readonly string[] = []) => {
    if (error) onRetry();
    setChosen({ photos: photosNow, unreadable });
  };
  if (chosen) {
    return (
      <ChosenPhotos
        photos={chosen.photos.slice(0, most)}
        unreadable={chosen.unreadable}
        most={most}
        leftOut={chosen.photos.length > most}
        busy={busy}
        error={error}
        onAdd={(added) => {
          choose([...chosen.photos, ...added.photos], added.unreadable);
        }}
        onRemove={(index) => {
          choose(chosen.photos.slice(0, most).filter((_, each) => each !== index));
        }}
        onUse={() => {
          onProof({ images: chosen.photos.slice(0, most) });
        }}
        onCamera={() => {
          if (error) onRetry();
          setChosen(null);
          setAttempt(attempt + 1);
        }}
      />
    );
  }
  if (error) {
    return (
      <Refused
        error={error}
        sentence={sentence}
        onRetry={() => {
          onRetry();
          setAttempt(attempt + 1);
        }}
      >
        <AfterLook error={error} />
      </Refused>
    );
  }
  return (
    <>
      <FaceCamera
        key={attempt}
        purpose={purpose}
        shots={portraits}
        guide={guide}
        words={words}
        ownUpload
        start={attempt === 0 ? 'when_allowed' : 'now'}
        onProof={onProof}
        onError={onError}
      />
      {config?.upload_allowed && config.required_assurance === 'photo' && !busy && (
        <div className="enrol-otherwise">
          <PhotoChooser label={photos.choose} look="quiet" onChosen={setChosen} />
        </div>
      )}
    </>
  );
}
