import { useState } from 'react';
import { useLocation } from 'react-router-dom';
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
import { opensFace } from './me-entry';
import { Section } from './section';

/** Replace the template by a new one. */
export function FaceSection({ session }: { session: SessionState }) {
  const { me } = useWords();
  const invited = opensFace(useLocation().state);
  const [open, setOpen] = useState(invited);
  const close = () => {
    setOpen(false);
  };
  return (
    <Section title={me.reenrol} arriveHere={invited}>
      {open ? (
        <FreshLook session={session} onCancel={close}>
          {(lookAgain) => <NewPortraits onClose={close} onStale={lookAgain} />}
        </FreshLook>
      ) : (
        <>
          <p>{me.reenrolLead}</p>
          <Button
            onClick={() => {
              setOpen(true);
            }}
          >
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
