import { useState } from 'react';
import type { SessionState } from '../../api/requests';
import { useReplaceFace } from '../../api/account-changes';
import { useGuide } from '../../camera/guidance/use-guide';
import { Button } from '../../ui/button';
import { tell } from '../../ui/toasts';
import { useWords } from '../../ui/words/use-words';
import { AfterLook } from '../after-look';
import { codeOf } from '../explain';
import { FaceCamera, useLiveWanted } from '../face-camera';
import { Refused } from '../refused';
import { portraits } from '../shots';
import { FreshLook } from './fresh-look';
import { Section } from './section';
import { useUnfolding } from './use-unfolding';

interface FaceSectionProps {
  readonly session: SessionState;
  /** The person was led here to do it. */
  readonly ledHere: boolean;
}

/** Replace the template by a new one. */
export function FaceSection({ session, ledHere }: FaceSectionProps) {
  const { me } = useWords();
  const { open, unfold, fold, opener } = useUnfolding(ledHere);
  return (
    <Section title={me.reenrol} arriveHere={ledHere}>
      {open ? (
        <FreshLook session={session} onCancel={fold}>
          {(lookAgain) => <NewPortraits onClose={fold} onStale={lookAgain} />}
        </FreshLook>
      ) : (
        <>
          <p>{me.reenrolLead}</p>
          <Button ref={opener} onClick={unfold}>
            {me.reenrolStart}
          </Button>
        </>
      )}
    </Section>
  );
}

function NewPortraits({ onClose, onStale }: { onClose: () => void; onStale: () => void }) {
  const { me, camera, signUp } = useWords();
  const guide = useGuide();
  const live = useLiveWanted();
  const replacement = useReplaceFace();
  const [lookError, setLookError] = useState<Error | null>(null);
  const error = replacement.error ?? lookError;
  const [attempt, setAttempt] = useState(0);
  return (
    <>
      <p>{live ? signUp.faceLeadLive : signUp.faceLead}</p>
      {error ? (
        <Refused
          error={error}
          onRetry={() => {
            replacement.reset();
            setLookError(null);
            setAttempt(attempt + 1);
          }}
        >
          <AfterLook error={error} />
        </Refused>
      ) : (
        <FaceCamera
          key={attempt}
          purpose={{ purpose: 'step_up' }}
          shots={portraits}
          guide={guide}
          words={camera}
          start={attempt === 0 ? 'when_allowed' : 'now'}
          onError={setLookError}
          onProof={(proof) => {
            replacement.mutate(proof, {
              onSuccess: () => {
                tell(me.reenrolled);
                onClose();
              },
              onError: (error) => {
                if (codeOf(error) === 'fresh_login_required') onStale();
              },
            });
          }}
        />
      )}
      <div className="actions">
        <Button onClick={onClose}>{me.cancel}</Button>
      </div>
    </>
  );
}
