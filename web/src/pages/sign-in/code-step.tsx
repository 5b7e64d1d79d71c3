import { Link } from 'react-router-dom';
import { useLogInByCode } from '../../api/session-changes';
import type { Words } from '../../ui/words/en';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
import { Page } from '../page';
import { Refused } from '../refused';
import { rememberName } from '../remembered-name';
import { CodeForm } from './code-form';
import { BY_CODE, type SignInEntry } from './sign-in-entry';

interface CodeStepProps {
  /** Whose code it is; null where that is still to be asked. */
  readonly username: string | null;
  readonly from: string | undefined;
  readonly onSignedIn: () => void;
}

/** Sign in with a recovery code in place of a face. */
export function CodeStep({ username, from, onSignedIn }: CodeStepProps) {
  const { recovery, signIn } = useWords();
  const logIn = useLogInByCode();
  return (
    <Page
      name={recovery.useCode}
      heading={username === null ? recovery.useCode : signIn.lookTitle(username)}
      lead={recovery.lead}
    >
      {logIn.error && (
        <Refused
          key={logIn.submittedAt}
          error={logIn.error}
          sentence={sentenceFor(codeOf(logIn.error), recovery)}
        />
      )}
      <CodeForm
        username={username}
        busy={logIn.isPending}
        onCode={(name, code) => {
          logIn.mutate({ username: name, code }, { onSuccess: onSignedIn });
        }}
      />
      <div className="otherwise">
        <p>
          <Link
            to="/sign-in"
            state={{ username: username ?? undefined, from } satisfies SignInEntry}
          >
            {recovery.useFace}
          </Link>
        </p>
        {username !== null && (
          <p>
            {signIn.other}{' '}
            <Link
              to={BY_CODE}
              state={{ username: '', from } satisfies SignInEntry}
              onClick={() => {
                rememberName(null);
              }}
            >
              {signIn.useOther}
            </Link>
          </p>
        )}
        <p>{recovery.noneLeft}</p>
      </div>
    </Page>
  );
}

/** What the page knows better than the code of the error, which is a camera's as well. */
function sentenceFor(code: string | null, recovery: Words['recovery']): string | undefined {
  if (code === 'not_recognised') return recovery.notFitting;
  return code === 'invalid_request' ? recovery.wrongLength : undefined;
}
