import { useState } from 'react';
import { useConfig } from '../../api/queries';
import type { SessionState } from '../../api/requests';
import { useReplaceFace } from '../../api/account-changes';
import { Camera } from '../../camera/camera';
import { useGuide } from '../../camera/guidance/use-guide';
import { Button } from '../../ui/button';
import { tell } from '../../ui/toasts';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
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
  const config = useConfig();
  const replacement = useReplaceFace();
  const [attempt, setAttempt] = useState(0);
  return (
    <>
      <p>{signUp.faceLead}</p>
      {replacement.error ? (
        <Refused
          error={replacement.error}
          onRetry={() => {
            replacement.reset();
            setAttempt(attempt + 1);
          }}
        />
      ) : (
        <Camera
          key={attempt}
          shots={portraits(config.data?.max_images.register)}
          guide={guide}
          words={camera}
          start={attempt === 0 ? 'when_allowed' : 'now'}
          uploadAllowed={config.data?.upload_allowed ?? false}
          onFrames={(images) => {
            replacement.mutate(images, {
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
