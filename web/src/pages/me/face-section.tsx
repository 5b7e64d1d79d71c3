import { useState } from 'react';
import type { SessionState } from '../../api/requests';
import { useReplaceFace } from '../../api/account-changes';
import { useGuide } from '../../camera/guidance/use-guide';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { EnrolFace } from '../enrol/enrol-face';
import { codeOf } from '../explain';
import { useLiveWanted } from '../face-camera';
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
  const { open, done, unfold, fold, finish, opener } = useUnfolding(ledHere);
  return (
    <Section title={me.reenrol} arriveHere={ledHere} done={done}>
      {open ? (
        <FreshLook session={session} onCancel={fold}>
          {(lookAgain) => (
            <NewPortraits
              onReplaced={() => {
                finish(me.reenrolled);
              }}
              onClose={fold}
              onStale={lookAgain}
            />
          )}
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

interface NewPortraitsProps {
  readonly onReplaced: () => void;
  readonly onClose: () => void;
  readonly onStale: () => void;
}

function NewPortraits({ onReplaced, onClose, onStale }: NewPortraitsProps) {
  const { me, camera, signUp } = useWords();
  const guide = useGuide();
  const live = useLiveWanted();
  const replacement = useReplaceFace();
  const [lookError, setLookError] = useState<Error | null>(null);
  return (
    <>
      <p>{live ? signUp.faceLeadLive : signUp.faceLead}</p>
      <EnrolFace
        purpose={{ purpose: 'step_up' }}
        guide={guide}
        words={camera}
        busy={replacement.isPending}
        error={replacement.error ?? lookError}
        onError={setLookError}
        onProof={(proof) => {
          replacement.mutate(proof, {
            onSuccess: onReplaced,
            onError: (error) => {
              if (codeOf(error) === 'fresh_login_required') onStale();
            },
          });
        }}
        onRetry={() => {
          replacement.reset();
          setLookError(null);
        }}
      />
      <div className="actions">
        <Button onClick={onClose}>{me.cancel}</Button>
      </div>
    </>
  );
}
