import { ButtonLink } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { AfterLook } from '../after-look';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { AS_OTHER, BY_CODE, type SignInEntry } from './sign-in-entry';

interface LookRefusedProps {
  readonly error: Error;
  /** Null where the face alone was to tell. */
  readonly username: string | null;
  readonly from?: string | undefined;
  readonly onRetry: () => void;
}

/** Whether the refusal itself offers the other way, so that nothing beside it need do so. */
export function offersCode(error: Error | null, username: string | null): boolean {
  const code = codeOf(error);
  return code === 'factor_closed' || (code === 'too_many_attempts' && username !== null);
}

/** Shows why a look did not lead in: when to look again, and where it may not be, the other way. */
export function LookRefused({ error, username, from, onRetry }: LookRefusedProps) {
  const { recovery } = useWords();
  const state: SignInEntry = { username: username ?? '', from };
  if (codeOf(error) === 'factor_closed') {
    return (
      <Refused error={error} waiting={false}>
        <ButtonLink look="main" to={BY_CODE} state={state}>
          {recovery.useCode}
        </ButtonLink>
      </Refused>
    );
  }
  if (username === null) return <NobodyFound error={error} from={from} onRetry={onRetry} />;
  return (
    <Refused error={error} onRetry={onRetry}>
      <AfterLook error={error} />
      {offersCode(error, username) && (
        <ButtonLink to={BY_CODE} state={state}>
          {recovery.useCodeInstead}
        </ButtonLink>
      )}
    </Refused>
  );
}

/** Where a face alone did not tell: a name does. */
function NobodyFound({ error, from, onRetry }: Omit<LookRefusedProps, 'username'>) {
  const { signIn } = useWords();
  const code = codeOf(error);
  const needsName = code === 'username_needed' || code === 'identification_unavailable';
  return (
    <Refused
      error={error}
      sentence={code === 'not_recognised' ? signIn.stranger : undefined}
      waiting={!needsName}
      {...(!needsName && { onRetry })}
    >
      {!needsName && <AfterLook error={error} />}
      <ButtonLink
        look={needsName ? 'main' : 'plain'}
        to={AS_OTHER}
        state={{ from } satisfies SignInEntry}
      >
        {signIn.useName}
      </ButtonLink>
    </Refused>
  );
}
