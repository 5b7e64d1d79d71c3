import { useState, type ReactNode } from 'react';
import type { Proof } from '../../api/client';
import type { ChallengePurpose } from '../../api/live-challenge';
import type { GuideState } from '../../camera/guidance/use-guide';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { AfterLook } from '../after-look';
import { FaceCamera, useLiveWanted } from '../face-camera';
import { Page } from '../page';
import { Refused } from '../refused';
import { portraits } from '../shots';

interface FaceStepProps {
  readonly progress: ReactNode;
  readonly purpose: ChallengePurpose;
  readonly guide: GuideState;
  /** Pictures are on their way, perhaps ones from before. */
  readonly sending: boolean;
  readonly error: Error | null;
  readonly onProof: (proof: Proof) => void;
  /** The look itself did not pass. */
  readonly onError: (error: Error) => void;
  readonly onRetry: () => void;
}

/** Three pictures of one person, or a live look at them. */
export function FaceStep(props: FaceStepProps) {
  const { progress, purpose, guide, sending, error, onProof, onError, onRetry } = props;
  const { signUp, camera } = useWords();
  const live = useLiveWanted();
  const [attempt, setAttempt] = useState(sending ? -1 : 0);
  return (
    <Page
      name={signUp.title}
      heading={signUp.faceTitle}
      lead={live ? signUp.faceLeadLive : signUp.faceLead}
    >
      {progress}
      {error ? (
        <Refused
          error={error}
          onRetry={() => {
            onRetry();
            setAttempt(Math.max(0, attempt) + 1);
          }}
        >
          <AfterLook error={error} />
        </Refused>
      ) : attempt === -1 ? (
        <Waiting sentence={signUp.sending} />
      ) : (
        <FaceCamera
          key={attempt}
          purpose={purpose}
          shots={portraits}
          guide={guide}
          words={live ? camera : { ...camera, checking: signUp.sending }}
          start={attempt === 0 ? 'when_allowed' : 'now'}
          onProof={onProof}
          onError={onError}
        />
      )}
    </Page>
  );
}
