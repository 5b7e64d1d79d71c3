import { Link, useSearchParams } from 'react-router-dom';
import { useLogInByCode } from '../../api/session-changes';
import type { Words } from '../../ui/words/en';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
import { Page } from '../page';
import { Refused } from '../refused';
import { CodeForm } from './code-form';
import { AS_OTHER, AS_OTHER_BY_CODE, isForOther, type SignInEntry } from './sign-in-entry';

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
  const forOther = isForOther(useSearchParams()[0]);
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
            to={forOther ? AS_OTHER : '/sign-in'}
            state={{ username: username ?? undefined, from } satisfies SignInEntry}
          >
            {recovery.useFace}
          </Link>
        </p>
        {username !== null && (
          <p>
            {signIn.other}{' '}
            <Link to={AS_OTHER_BY_CODE} state={{ from } satisfies SignInEntry}>
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
