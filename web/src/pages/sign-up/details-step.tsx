import { useEffect, useRef, type SubmitEvent, type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { useSession } from '../../api/queries';
import { Button, ButtonLink } from '../../ui/button';
import { Field } from '../../ui/field';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { Refused } from '../refused';
import { problemSentence } from './problem-sentence';
import type { Details, SignUpState } from './sign-up-flow';

interface DetailsStepProps {
  readonly progress: ReactNode;
  readonly state: SignUpState;
  /** The server is asked whether these details can be had. */
  readonly busy: boolean;
  /** Why it could not say. */
  readonly error: Error | null;
  readonly onType: (field: keyof Details, text: string) => void;
  readonly onNext: () => void;
}

/** Email and username. */
export function DetailsStep({ progress, state, busy, error, onType, onNext }: DetailsStepProps) {
  const words = useWords();
  const { signUp, signIn } = words;
  const { details, problems, refusals } = state;
  const session = useSession();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!busy) onNext();
  };
  return (
    <Page name={signUp.title} heading={signUp.title}>
      {session.data && (
        <div className="aside">
          <p>{signIn.already(session.data.username)}</p>
          <ButtonLink to="/welcome">{signIn.toWelcome}</ButtonLink>
        </div>
      )}
      {progress}
      <form ref={form} className="form" noValidate onSubmit={submit}>
        <Field
          label={signUp.email}
          name="email"
          type="email"
          autoComplete="email"
          maxLength={320}
          value={details.email}
          hint={signUp.emailHint}
          problem={problemSentence('email', problems.email, words)}
          onText={(text) => {
            onType('email', text);
          }}
        />
        <Field
          label={signUp.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={320}
          value={details.username}
          hint={signUp.usernameHint}
          problem={problemSentence('username', problems.username, words)}
          onText={(text) => {
            onType('username', text);
          }}
        />
        {error ? (
          <Refused error={error} onRetry={onNext} />
        ) : (
          <Button look="main" type="submit" busy={busy}>
            {signUp.next}
          </Button>
        )}
      </form>
      <p className="otherwise">
        {signUp.haveAccount} <Link to="/sign-in">{signUp.signInInstead}</Link>
      </p>
    </Page>
  );
}
