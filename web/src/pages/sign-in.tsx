import { useState, type SubmitEvent } from 'react';
import { Link, useLocation, useNavigate } from 'react-router-dom';
import { useConfig, useSession } from '../api/queries';
import { useLogIn } from '../api/session-changes';
import { Camera } from '../camera/camera';
import { useGuide, type GuideState } from '../camera/guidance/use-guide';
import { Button, ButtonLink } from '../ui/button';
import { Checkbox } from '../ui/checkbox';
import { Field } from '../ui/field';
import { useWords } from '../ui/words/use-words';
import { ownPath } from './own-path';
import { Page } from './page';
import { Refused } from './refused';
import { rememberedName, rememberName } from './remembered-name';
import { glance } from './shots';

/** What the history entry of this page knows: so that Back leads from the camera to the name. */
interface SignInEntry {
  readonly username?: string | undefined;
  readonly from?: string | undefined;
}

/** Say who you are, look at the camera, be greeted. */
export function SignIn() {
  const entry = (useLocation().state ?? {}) as SignInEntry;
  const guide = useGuide();
  const username = entry.username ?? rememberedName();
  return username === '' ? (
    <NameStep from={entry.from} />
  ) : (
    <LookStep key={username} username={username} from={entry.from} guide={guide} />
  );
}

function NameStep({ from }: { from: string | undefined }) {
  const { signIn, app } = useWords();
  const navigate = useNavigate();
  const session = useSession();
  const closed = useConfig().data?.registration === 'closed';
  const [username, setUsername] = useState('');
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = username.trim();
    if (given === '') {
      setProblem(app.required);
      return;
    }
    if (remember) rememberName(given);
    void navigate('/sign-in', { state: { username: given, from } satisfies Partial<SignInEntry> });
  };
  return (
    <Page heading={signIn.title} lead={signIn.lead}>
      {session.data && (
        <div className="aside">
          <p>{signIn.already(session.data.username)}</p>
          <ButtonLink to={ownPath(from)}>{signIn.toWelcome}</ButtonLink>
        </div>
      )}
      <form className="form" noValidate onSubmit={submit}>
        <Field
          label={signIn.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={320}
          value={username}
          problem={problem}
          onText={setUsername}
        />
        <Checkbox label={signIn.remember} checked={remember} onCheck={setRemember} />
        <Button look="main" type="submit">
          {signIn.look}
        </Button>
      </form>
      {!closed && (
        <p className="otherwise">
          {signIn.noAccount} <Link to="/sign-up">{signIn.signUp}</Link>
        </p>
      )}
    </Page>
  );
}

interface LookStepProps {
  readonly username: string;
  readonly from: string | undefined;
  readonly guide: GuideState;
}

function LookStep({ username, from, guide }: LookStepProps) {
  const words = useWords();
  const navigate = useNavigate();
  const config = useConfig();
  const logIn = useLogIn();
  const [attempt, setAttempt] = useState(0);
  const look = (images: readonly Blob[]) => {
    logIn.mutate(
      { username, images },
      { onSuccess: () => void navigate(ownPath(from), { replace: true }) },
    );
  };
  const again = () => {
    logIn.reset();
    setAttempt(attempt + 1);
  };
  return (
    <Page
      name={words.signIn.title}
      heading={words.signIn.lookTitle(username)}
      lead={words.signIn.lookLead}
    >
      {logIn.error ? (
        <Refused error={logIn.error} onRetry={again} />
      ) : (
        <Camera
          key={attempt}
          shots={glance(config.data?.max_images.login)}
          guide={guide}
          words={words.camera}
          start={attempt === 0 ? 'when_allowed' : 'now'}
          uploadAllowed={config.data?.upload_allowed ?? false}
          onFrames={look}
        />
      )}
      <p className="otherwise">
        {words.signIn.other}{' '}
        <Link
          to="/sign-in"
          state={{ username: '', from }}
          onClick={() => {
            rememberName(null);
          }}
        >
          {words.signIn.useOther}
        </Link>
      </p>
    </Page>
  );
}
