import { lazy, useEffect, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router-dom';
import { useConfig } from '../../api/queries';
import { useLogIn } from '../../api/session-changes';
import { useGuide, type GuideState } from '../../camera/guidance/use-guide';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Later } from '../later';
import { ownPath } from '../own-path';
import { Page } from '../page';
import { rememberedName, rememberName } from '../remembered-name';
import { useCameraFetchedEarly } from '../face-camera';
import { CodeLink } from './code-link';
import { LookStep } from './look-step';
import { NameStep } from './name-step';
import { isForOther, type SignInEntry } from './sign-in-entry';
import { useSignInConsent } from './use-sign-in-consent';
import type { WelcomeEntry } from '../welcome-entry';

const ConsentStep = lazy(async () => ({
  default: (await import('../sign-up/consent-step')).ConsentStep,
}));
const CodeStep = lazy(async () => ({ default: (await import('./code-step')).CodeStep }));

/**
 * Say who you are, look at the camera (or type a recovery code), be greeted. Where the server finds
 * people by their face alone, looking is enough.
 */
export function SignIn() {
  useCameraFetchedEarly();
  const entry = (useLocation().state ?? {}) as SignInEntry;
  const [parameters] = useSearchParams();
  const byCode = parameters.get('way') === 'code';
  const forOther = isForOther(parameters);
  const guide = useGuide({ wanted: !byCode });
  const { signIn } = useWords();
  const nameless = useNameless();
  useEffect(() => {
    if (forOther) rememberName(null);
  }, [forOther]);
  const given = forOther ? '' : entry.username;
  const known = given === undefined ? rememberedName() : given;
  const unnamed = given === undefined && known === '';
  if (unnamed && nameless === undefined && !byCode) {
    return (
      <Page heading={signIn.title}>
        <Waiting />
      </Page>
    );
  }
  const username = unnamed && nameless ? null : known;
  return (
    <Ways
      key={username}
      username={username}
      nameless={nameless ?? false}
      from={entry.from}
      byCode={byCode}
      guide={guide}
    />
  );
}

/** Whether this server finds people by their face alone; undefined as long as nobody knows. */
function useNameless(): boolean | undefined {
  const config = useConfig();
  if (config.data) return config.data.identification === 'on';
  return config.failureCount > 0 ? false : undefined;
}

interface WaysProps {
  /** Empty where it is to be asked for, null where the face alone is to tell. */
  readonly username: string | null;
  readonly nameless: boolean;
  readonly from: string | undefined;
  readonly byCode: boolean;
  readonly guide: GuideState;
}

/** The ways in for one name. What was refused stays so while the person looks at another way. */
function Ways({ username, nameless, from, byCode, guide }: WaysProps) {
  const navigate = useNavigate();
  const logIn = useLogIn();
  const [attempt, setAttempt] = useState(0);
  const [lookError, setLookError] = useState<Error | null>(null);
  const consent = useSignInConsent();
  const { signIn } = useWords();
  const enter = () => void navigate(ownPath(from), { replace: true });
  // Whom the server took somebody for is to be seen before anything else.
  const greet = () =>
    void navigate('/welcome', { replace: true, state: { found: true } satisfies WelcomeEntry });
  if (byCode) {
    return (
      <Later
        page={
          <CodeStep username={username === '' ? null : username} from={from} onSignedIn={enter} />
        }
      />
    );
  }
  if (username === '') return <NameStep from={from} nameless={nameless} />;
  if (consent.asked) {
    return (
      <Later
        page={
          <ConsentStep
            name={signIn.title}
            lead={signIn.consentLead}
            agreedTo={null}
            noticeChanged={consent.noticeChanged}
            onNext={consent.agree}
          >
            <div className="otherwise">
              <CodeLink username={username ?? ''} from={from} />
            </div>
          </ConsentStep>
        }
      />
    );
  }
  return (
    <LookStep
      username={username}
      from={from}
      consent={consent.agreedTo}
      guide={guide}
      attempt={attempt}
      error={logIn.error ?? lookError}
      onProof={(proof) => {
        logIn.mutate(
          { username, proof, consent: consent.agreedTo },
          {
            onSuccess: () => {
              consent.signedIn();
              (username === null ? greet : enter)();
            },
            onError: (error) => {
              if (consent.refused(error)) logIn.reset();
            },
          },
        );
      }}
      onError={(error) => {
        if (!consent.refused(error)) setLookError(error);
      }}
      onRetry={() => {
        logIn.reset();
        setLookError(null);
        setAttempt(attempt + 1);
      }}
    />
  );
}
