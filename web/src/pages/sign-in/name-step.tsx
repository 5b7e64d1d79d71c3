import { useState, type SubmitEvent } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import { useSession } from '../../api/queries';
import { Button, ButtonLink } from '../../ui/button';
import { Checkbox } from '../../ui/checkbox';
import { Field } from '../../ui/field';
import { useWords } from '../../ui/words/use-words';
import { ownPath } from '../own-path';
import { Page } from '../page';
import { rememberName } from '../remembered-name';
import { useRegistration } from '../sign-up/registration';
import { CodeLink } from './code-link';
import type { SignInEntry } from './sign-in-entry';

interface NameStepProps {
  readonly from: string | undefined;
  /** Whether this server would find out by the face alone. */
  readonly nameless: boolean;
}

/** Who wants to sign in. */
export function NameStep({ from, nameless }: NameStepProps) {
  const { signIn, app } = useWords();
  const navigate = useNavigate();
  const session = useSession();
  const registration = useRegistration();
  const [username, setUsername] = useState('');
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = username.trim();
    if (given === '') {
      setProblem(app.required);
      event.currentTarget.querySelector('input')?.focus();
      return;
    }
    if (remember) rememberName(given);
    void navigate('/sign-in', { state: { username: given, from } satisfies SignInEntry });
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
      <div className="otherwise">
        {nameless && (
          <p>
            <Link to="/sign-in" state={{ username: null, from } satisfies SignInEntry}>
              {signIn.justLook}
            </Link>
          </p>
        )}
        <CodeLink username={username.trim()} from={from} />
        {(registration === 'open' || registration === 'unknown') && (
          <p>
            {signIn.noAccount} <Link to="/sign-up">{signIn.signUp}</Link>
          </p>
        )}
      </div>
    </Page>
  );
}
