import { useState } from 'react';
import { Link } from 'react-router-dom';
import type { Proof } from '../../api/client';
import type { GuideState } from '../../camera/guidance/use-guide';
import { useWords } from '../../ui/words/use-words';
import { FaceCamera, useLiveWanted } from '../face-camera';
import { Page } from '../page';
import { glance } from '../shots';
import { CodeLink } from './code-link';
import { LookRefused, offersCode } from './look-refused';
import { AS_OTHER, type SignInEntry } from './sign-in-entry';

interface LookStepProps {
  /** Null where the face alone is to tell. */
  readonly username: string | null;
  readonly from: string | undefined;
  /** The version of the notice that was agreed to just now; null for none. */
  readonly consent: string | null;
  readonly guide: GuideState;
  /** How many times the person has asked for another look. */
  readonly attempt: number;
  readonly error: Error | null;
  readonly onProof: (proof: Proof) => void;
  /** The look itself did not pass. */
  readonly onError: (error: Error) => void;
  readonly onRetry: () => void;
}

/** One look, and what became of it. */
export function LookStep(props: LookStepProps) {
  const { username, from, consent, guide, attempt, error, onProof, onError, onRetry } = props;
  const { signIn, camera } = useWords();
  const live = useLiveWanted();
  const [cameraFailed, setCameraFailed] = useState(false);
  return (
    <Page
      name={signIn.title}
      heading={username === null ? signIn.anybodyTitle : signIn.lookTitle(username)}
      lead={error || cameraFailed ? null : live ? signIn.lookLeadLive : signIn.lookLead}
    >
      {error ? (
        <LookRefused error={error} username={username} from={from} onRetry={onRetry} />
      ) : (
        <FaceCamera
          key={attempt}
          purpose={{
            purpose: 'login',
            username: username ?? undefined,
            consent: consent ?? undefined,
          }}
          shots={glance}
          guide={guide}
          words={camera}
          start={attempt === 0 ? 'when_allowed' : 'now'}
          onFailed={setCameraFailed}
          onProof={onProof}
          onError={onError}
        />
      )}
      <div className="otherwise">
        {!offersCode(error, username) && <CodeLink username={username ?? ''} from={from} />}
        {!(username === null && error) && <OtherName known={username !== null} from={from} />}
      </div>
    </Page>
  );
}

/** To the form for a name; the one that is `known` is forgotten. */
function OtherName({ known, from }: { known: boolean; from: string | undefined }) {
  const { signIn } = useWords();
  return (
    <p>
      {known && `${signIn.other} `}
      <Link to={AS_OTHER} state={{ from } satisfies SignInEntry}>
        {known ? signIn.useOther : signIn.useName}
      </Link>
    </p>
  );
}
