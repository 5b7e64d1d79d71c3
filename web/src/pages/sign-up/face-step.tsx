import { useState, type ReactNode } from 'react';
import type { Proof } from '../../api/client';
import type { ChallengePurpose } from '../../api/live-challenge';
import type { GuideState } from '../../camera/guidance/use-guide';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { EnrolFace } from '../enrol/enrol-face';
import { codeOf } from '../explain';
import { useLiveWanted } from '../face-camera';
import { Page } from '../page';

interface FaceStepProps {
  readonly progress: ReactNode;
  readonly purpose: ChallengePurpose;
  readonly guide: GuideState;
  /** A face is on its way, perhaps one from before. */
  readonly sending: boolean;
  readonly error: Error | null;
  readonly onProof: (proof: Proof) => void;
  /** The look itself did not pass. */
  readonly onError: (error: Error) => void;
  readonly onRetry: () => void;
}

/** Three pictures of one person, or a live look at them. */
export function FaceStep({ progress, sending, error, ...face }: FaceStepProps) {
  const { signUp, camera } = useWords();
  const live = useLiveWanted();
  // Who comes back from correcting a name has been looked at already.
  const [shownBefore] = useState(sending);
  const tooLate = shownBefore && codeOf(error)?.startsWith('challenge_');
  return (
    <Page
      name={signUp.title}
      heading={signUp.faceTitle}
      lead={live ? signUp.faceLeadLive : signUp.faceLead}
    >
      {progress}
      {shownBefore && sending ? (
        <Waiting sentence={signUp.sending} />
      ) : (
        <EnrolFace
          {...face}
          words={live ? camera : { ...camera, checking: signUp.sending }}
          busy={sending}
          error={error}
          sentence={tooLate ? signUp.lookAgain : undefined}
        />
      )}
    </Page>
  );
}
