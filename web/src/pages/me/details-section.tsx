import { useState, type SubmitEvent } from 'react';
import { ApiFailure } from '../../api/failure';
import type { Account, AccountChanges, SessionState } from '../../api/requests';
import { useChangeAccount } from '../../api/account-changes';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { problemSentence } from '../sign-up/problem-sentence';
import { problemsOf, type Details, type DetailsProblems } from '../sign-up/sign-up-flow';
import { refusalEvent } from '../sign-up/refusal-event';
import { useDates } from '../use-dates';
import { FreshLook } from './fresh-look';
import { Section } from './section';
import { useUnfolding } from './use-unfolding';

interface DetailsSectionProps {
  readonly account: Account;
  readonly session: SessionState;
}

/** Username and email, and a form to change them. */
export function DetailsSection({ account, session }: DetailsSectionProps) {
  const { me, signUp } = useWords();
  const dates = useDates();
  const { open, done, unfold, fold, finish, opener } = useUnfolding();
  return (
    <Section title={me.details} done={done}>
      {open ? (
        <FreshLook session={session} onCancel={fold}>
          {(lookAgain) => (
            <DetailsForm
              account={account}
              onSaved={() => {
                finish(me.saved);
              }}
              onClose={fold}
              onStale={lookAgain}
            />
          )}
        </FreshLook>
      ) : (
        <>
          <dl className="facts">
            <dt>{signUp.username}</dt>
            <dd>{account.username}</dd>
            <dt>{signUp.email}</dt>
            <dd>{account.email}</dd>
          </dl>
          <p className="quiet">{me.member(dates.date(account.created_at))}</p>
          <Button ref={opener} onClick={unfold}>
            {me.change}
          </Button>
        </>
      )}
    </Section>
  );
}

interface DetailsFormProps {
  readonly account: Account;
  readonly onSaved: () => void;
  readonly onClose: () => void;
  readonly onStale: () => void;
}

function DetailsForm({ account, onSaved, onClose, onStale }: DetailsFormProps) {
  const words = useWords();
  const { me, signUp } = words;
  const change = useChangeAccount();
  const [draft, setDraft] = useState<Details>({ email: account.email, username: account.username });
  const [problems, setProblems] = useState<DetailsProblems>({});
  const [unchanged, setUnchanged] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (change.isPending) return;
    const trimmed = { email: draft.email.trim(), username: draft.username.trim() };
    const found = problemsOf(trimmed);
    const changes = differences(trimmed, account);
    setProblems(found);
    const first = (['email', 'username'] as const).find((field) => found[field]);
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    setUnchanged(Object.keys(changes).length === 0);
    if (Object.keys(found).length > 0 || Object.keys(changes).length === 0) return;
    change.mutate(changes, {
      onSuccess: onSaved,
      onError: (error) => {
        if (codeOf(error) === 'fresh_login_required') onStale();
        setProblems(problemsAfter(error));
      },
    });
  };
  const onText = (field: keyof Details) => (text: string) => {
    setDraft({ ...draft, [field]: text });
    setProblems({});
    setUnchanged(false);
  };
  const unexplained = change.error && Object.keys(problemsAfter(change.error)).length === 0;
  return (
    <form className="form" noValidate onSubmit={submit}>
      <Field
        label={signUp.email}
        name="email"
        type="email"
        autoComplete="email"
        value={draft.email}
        problem={problemSentence('email', problems.email, words)}
        onText={onText('email')}
      />
      <Field
        label={signUp.username}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={draft.username}
        hint={signUp.usernameHint}
        problem={problemSentence('username', problems.username, words)}
        onText={onText('username')}
      />
      {unchanged && <p role="status">{me.nothingChanged}</p>}
      {unexplained && <Refused error={change.error} />}
      <div className="actions">
        <Button look="main" type="submit" busy={change.isPending}>
          {me.save}
        </Button>
        <Button onClick={onClose}>{me.cancel}</Button>
      </div>
    </form>
  );
}

function differences(draft: Details, account: Account): AccountChanges {
  return {
    ...(draft.email !== account.email && { email: draft.email }),
    ...(draft.username !== account.username && { username: draft.username }),
  };
}

function problemsAfter(error: Error): DetailsProblems {
  if (!(error instanceof ApiFailure)) return {};
  const event = refusalEvent(error);
  return event.type === 'details_refused' ? event.problems : {};
}
