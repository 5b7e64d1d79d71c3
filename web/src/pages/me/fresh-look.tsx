import { useState, type ReactNode } from 'react';
import type { SessionState } from '../../api/requests';
import { useStepUp } from '../../api/session-changes';
import { useGuide } from '../../camera/guidance/use-guide';
import { Button } from '../../ui/button';
import { useLostFocus } from '../../ui/use-lost-focus';
import { useWords } from '../../ui/words/use-words';
import { FaceCamera } from '../face-camera';
import { CodeLink } from '../sign-in/code-link';
import { LookRefused, offersCode } from '../sign-in/look-refused';
import { glance } from '../shots';

/** Leave this much time for what is to be done. */
const MARGIN_MS = 15_000;

interface FreshLookProps {
  readonly session: SessionState;
  readonly onCancel: () => void;
  /** What needs a fresh look; it calls `lookAgain` where the server finds it not fresh enough. */
  readonly children: (lookAgain: () => void) => ReactNode;
}

type FreshState = { step: 'explaining' } | { step: 'looking'; attempt: number } | { step: 'fresh' };

/** Asks for another look, unless the last was a moment ago; then shows what needed it. */
export function FreshLook({ session, onCancel, children }: FreshLookProps) {
  const { me } = useWords();
  const [state, setState] = useState<FreshState>(() =>
    isFresh(session) ? { step: 'fresh' } : { step: 'explaining' },
  );
  const takeLostFocus = useLostFocus();
  if (state.step === 'fresh') {
    return (
      <div key="fresh" className="fresh-look" ref={takeLostFocus} tabIndex={-1}>
        {children(() => {
          setState({ step: 'explaining' });
        })}
      </div>
    );
  }
  return (
    <div key="stale" className="fresh-look">
      <h3 ref={takeLostFocus} tabIndex={-1}>
        {me.stepUpTitle}
      </h3>
      <p>{me.stepUpLead}</p>
      {state.step === 'looking' && (
        <Look
          username={session.username}
          attempt={state.attempt}
          onAgain={() => {
            setState({ step: 'looking', attempt: state.attempt + 1 });
          }}
          onDone={() => {
            setState({ step: 'fresh' });
          }}
        />
      )}
      <div className="actions">
        {state.step === 'explaining' && (
          <Button
            look="main"
            onClick={() => {
              setState({ step: 'looking', attempt: 0 });
            }}
          >
            {me.stepUpStart}
          </Button>
        )}
        <Button onClick={onCancel}>{me.cancel}</Button>
      </div>
      {state.step === 'explaining' && <OtherWay username={session.username} />}
    </div>
  );
}

interface LookProps {
  readonly username: string;
  readonly attempt: number;
  readonly onAgain: () => void;
  readonly onDone: () => void;
}

function Look({ username, attempt, onAgain, onDone }: LookProps) {
  const { camera } = useWords();
  const guide = useGuide();
  const stepUp = useStepUp();
  const [lookError, setLookError] = useState<Error | null>(null);
  const error = stepUp.error ?? lookError;
  if (error) {
    return (
      <>
        <LookRefused
          error={error}
          username={username}
          from="/me"
          onRetry={() => {
            stepUp.reset();
            setLookError(null);
            onAgain();
          }}
        />
        {!offersCode(error, username) && <OtherWay username={username} />}
      </>
    );
  }
  return (
    <>
      <FaceCamera
        key={attempt}
        purpose={{ purpose: 'step_up' }}
        shots={glance}
        guide={guide}
        words={camera}
        start={attempt === 0 ? 'when_allowed' : 'now'}
        onProof={(proof) => {
          stepUp.mutate(proof, { onSuccess: onDone });
        }}
        onError={setLookError}
      />
      <OtherWay username={username} />
    </>
  );
}

/** For whose face does not pass: a code signs in afresh, which is as good as another look. */
function OtherWay({ username }: { username: string }) {
  return (
    <div className="otherwise">
      <CodeLink username={username} from="/me" />
    </div>
  );
}

function isFresh(session: SessionState): boolean {
  return Date.parse(session.fresh_until) - Date.now() > MARGIN_MS;
}
