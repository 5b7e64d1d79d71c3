import { useState, type SubmitEvent, type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { problemSentence } from './problem-sentence';
import { problemsOf, type Details, type DetailsProblems } from './sign-up-flow';

interface DetailsStepProps {
  readonly progress: ReactNode;
  readonly details: Details;
  readonly problems: DetailsProblems;
  readonly onNext: (details: Details) => void;
}

/** Email and username. */
export function DetailsStep({ progress, details, problems, onNext }: DetailsStepProps) {
  const words = useWords();
  const { signUp } = words;
  const [draft, setDraft] = useState(details);
  const [shown, setShown] = useState(problems);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const trimmed = { email: draft.email.trim(), username: draft.username.trim() };
    const found = problemsOf(trimmed);
    setShown(found);
    const first = (['email', 'username'] as const).find((field) => found[field]);
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    else onNext(trimmed);
  };
  const change = (field: keyof Details) => (text: string) => {
    setDraft({ ...draft, [field]: text });
    const { [field]: _solved, ...others } = shown;
    setShown(others);
  };
  return (
    <Page name={signUp.title} heading={signUp.title}>
      {progress}
      <form className="form" noValidate onSubmit={submit}>
        <Field
          label={signUp.email}
          name="email"
          type="email"
          autoComplete="email"
          maxLength={320}
          value={draft.email}
          hint={signUp.emailHint}
          problem={problemSentence('email', shown.email, words)}
          onText={change('email')}
        />
        <Field
          label={signUp.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={320}
          value={draft.username}
          hint={signUp.usernameHint}
          problem={problemSentence('username', shown.username, words)}
          onText={change('username')}
        />
        <Button look="main" type="submit">
          {signUp.next}
        </Button>
      </form>
      <p className="otherwise">
        {signUp.haveAccount} <Link to="/sign-in">{signUp.signInInstead}</Link>
      </p>
    </Page>
  );
}
