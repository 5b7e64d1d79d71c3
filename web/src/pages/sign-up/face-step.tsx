import { useState, type ReactNode } from 'react';
import { useConfig } from '../../api/queries';
import { Camera } from '../../camera/camera';
import type { GuideState } from '../../camera/guidance/use-guide';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { Refused } from '../refused';
import { portraits } from '../shots';

interface FaceStepProps {
  readonly progress: ReactNode;
  readonly guide: GuideState;
  /** Pictures are on their way, perhaps ones from before. */
  readonly sending: boolean;
  readonly error: Error | null;
  readonly onFrames: (frames: readonly Blob[]) => void;
  readonly onRetry: () => void;
}

/** Three pictures of one person. */
export function FaceStep({ progress, guide, sending, error, onFrames, onRetry }: FaceStepProps) {
  const { signUp, camera } = useWords();
  const config = useConfig();
  const [attempt, setAttempt] = useState(sending ? -1 : 0);
  return (
    <Page name={signUp.title} heading={signUp.faceTitle} lead={signUp.faceLead}>
      {progress}
      {error ? (
        <Refused
          error={error}
          onRetry={() => {
            onRetry();
            setAttempt(Math.max(0, attempt) + 1);
          }}
        />
      ) : attempt === -1 ? (
        <Waiting sentence={signUp.sending} />
      ) : (
        <Camera
          key={attempt}
          shots={portraits(config.data?.max_images.register)}
          guide={guide}
          words={{ ...camera, checking: signUp.sending }}
          start={attempt === 0 ? 'when_allowed' : 'now'}
          uploadAllowed={config.data?.upload_allowed ?? false}
          onFrames={onFrames}
        />
      )}
    </Page>
  );
}
