import type { ReactNode } from 'react';
import { useLocation } from 'react-router-dom';
import { useSession } from '../api/queries';
import type { SessionState } from '../api/requests';
import { ButtonLink } from '../ui/button';
import { Waiting } from '../ui/waiting';
import { useWords } from '../ui/words/use-words';
import { Page } from './page';
import { Refused } from './refused';

interface SignedInProps {
  /** The page's name, for what is shown in its place. */
  readonly name: string;
  readonly children: (session: SessionState) => ReactNode;
}

/** Shows its content to who is signed in; everybody else is told, and shown the way. */
export function SignedIn({ name, children }: SignedInProps) {
  const { sessionEnded } = useWords();
  const { pathname } = useLocation();
  const session = useSession();
  if (session.data) return children(session.data);
  if (session.data === null) {
    return (
      <Page heading={sessionEnded.title} lead={sessionEnded.lead}>
        <div className="actions">
          <ButtonLink look="main" to="/sign-in" state={{ from: pathname }}>
            {sessionEnded.signIn}
          </ButtonLink>
        </div>
      </Page>
    );
  }
  return (
    <Page heading={name}>
      {session.error ? (
        <Refused error={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <Waiting />
      )}
    </Page>
  );
}
