import { useState, type SubmitEvent } from 'react';
import { useNavigate } from 'react-router-dom';
import { useEraseAccount } from '../../api/account-changes';
import type { SessionState } from '../../api/requests';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { useWords } from '../../ui/words/use-words';
import { ERASED } from '../erased-entry';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { rememberedName, rememberName } from '../remembered-name';
import { FreshLook } from './fresh-look';
import { Section } from './section';
import { useUnfolding } from './use-unfolding';

/** Erase the account, for good. */
export function EraseSection({ session }: { session: SessionState }) {
  const { me } = useWords();
  const { open, unfold, fold, opener } = useUnfolding();
  return (
    <Section title={me.erase}>
      <p>{me.eraseLead}</p>
      <ul className="stored">
        {me.erased.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <p>{me.eraseStays}</p>
      {open ? (
        <FreshLook session={session} onCancel={fold}>
          {(lookAgain) => (
            <ConfirmErasure username={session.username} onClose={fold} onStale={lookAgain} />
          )}
        </FreshLook>
      ) : (
        <Button ref={opener} onClick={unfold}>
          {me.eraseStart}
        </Button>
      )}
    </Section>
  );
}

interface ConfirmErasureProps {
  readonly username: string;
  readonly onClose: () => void;
  readonly onStale: () => void;
}

function ConfirmErasure({ username, onClose, onStale }: ConfirmErasureProps) {
  const { me } = useWords();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [refused, setRefused] = useState(false);
  const erasing = useEraseAccount(() => {
    if (rememberedName() === username) rememberName(null);
    void navigate('/', { replace: true, state: ERASED });
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (erasing.isPending) return;
    const confirmed = typed.trim().normalize('NFKC') === username.normalize('NFKC');
    setRefused(!confirmed);
    if (!confirmed) {
      event.currentTarget.querySelector('input')?.focus();
      return;
    }
    erasing.mutate(undefined, {
      onError: (error) => {
        if (codeOf(error) === 'fresh_login_required') onStale();
      },
    });
  };
  return (
    <form className="form" noValidate onSubmit={submit}>
      <Field
        label={me.eraseConfirm(username)}
        name="confirmation"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={typed}
        problem={refused ? me.eraseNotConfirmed : null}
        onText={(text) => {
          setTyped(text);
          setRefused(false);
        }}
      />
      {erasing.error && <Refused error={erasing.error} />}
      <div className="actions">
        <Button look="danger" type="submit" busy={erasing.isPending}>
          {me.eraseNow}
        </Button>
        <Button onClick={onClose}>{me.cancel}</Button>
      </div>
    </form>
  );
}
