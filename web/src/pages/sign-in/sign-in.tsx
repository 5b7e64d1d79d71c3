import { lazy, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router-dom';
import { useLogIn } from '../../api/session-changes';
import { useGuide, type GuideState } from '../../camera/guidance/use-guide';
import { Later } from '../later';
import { ownPath } from '../own-path';
import { rememberedName } from '../remembered-name';
import { LookStep } from './look-step';
import { NameStep } from './name-step';
import type { SignInEntry } from './sign-in-entry';

const CodeStep = lazy(async () => ({ default: (await import('./code-step')).CodeStep }));

/** Say who you are, look at the camera (or type a recovery code), be greeted. */
export function SignIn() {
  const entry = (useLocation().state ?? {}) as SignInEntry;
  const byCode = useSearchParams()[0].get('way') === 'code';
  const guide = useGuide({ wanted: !byCode });
  const username = entry.username ?? rememberedName();
  return (
    <Ways key={username} username={username} from={entry.from} byCode={byCode} guide={guide} />
  );
}

interface WaysProps {
  readonly username: string;
  readonly from: string | undefined;
  readonly byCode: boolean;
  readonly guide: GuideState;
}

/** The ways in for one name. What was refused stays so while the person looks at another way. */
function Ways({ username, from, byCode, guide }: WaysProps) {
  const navigate = useNavigate();
  const logIn = useLogIn();
  const [attempt, setAttempt] = useState(0);
  const [lookError, setLookError] = useState<Error | null>(null);
  const enter = () => void navigate(ownPath(from), { replace: true });
  if (byCode) {
    return <Later page={<CodeStep username={username || null} from={from} onSignedIn={enter} />} />;
  }
  if (username === '') return <NameStep from={from} />;
  return (
    <LookStep
      username={username}
      from={from}
      guide={guide}
      attempt={attempt}
      error={logIn.error ?? lookError}
      onProof={(proof) => {
        logIn.mutate({ username, proof }, { onSuccess: enter });
      }}
      onError={setLookError}
      onRetry={() => {
        logIn.reset();
        setLookError(null);
        setAttempt(attempt + 1);
      }}
    />
  );
}
