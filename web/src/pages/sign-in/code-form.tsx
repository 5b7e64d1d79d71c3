import { useState, type SubmitEvent } from 'react';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { useWords } from '../../ui/words/use-words';
import { codeProblem } from './code-problem';

interface CodeFormProps {
  /** Whose code it is; null where that is still to be asked. */
  readonly username: string | null;
  readonly busy: boolean;
  readonly onCode: (username: string, code: string) => void;
}

/** A field for one recovery code, and for the name where it is not known yet. */
export function CodeForm({ username, busy, onCode }: CodeFormProps) {
  const { app, recovery, signIn } = useWords();
  const [name, setName] = useState('');
  const [code, setCode] = useState('');
  const [shown, setShown] = useState(false);
  const nameProblem = username === null && name.trim() === '' ? app.required : null;
  const problem = codeProblem(code);
  const codeSentence = problem && (problem === 'missing' ? app.required : recovery.wrongLength);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setShown(true);
    const first = nameProblem ? 'username' : problem ? 'recovery_code' : null;
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    else onCode(username ?? name.trim(), code.trim());
  };
  const change = (set: (text: string) => void) => (text: string) => {
    set(text);
    setShown(false);
  };
  return (
    <form className="form" noValidate onSubmit={submit}>
      {username === null && (
        <Field
          label={signIn.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={320}
          value={name}
          problem={shown ? nameProblem : null}
          onText={change(setName)}
        />
      )}
      <Field
        label={recovery.field}
        name="recovery_code"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={64}
        value={code}
        hint={recovery.hint}
        problem={shown ? codeSentence : null}
        onText={change(setCode)}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? recovery.checking : recovery.submit}
      </Button>
    </form>
  );
}
