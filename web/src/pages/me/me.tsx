import { Link } from 'react-router-dom';
import { useAccount } from '../../api/queries';
import type { SessionState } from '../../api/requests';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { Refused } from '../refused';
import { SignOutButton } from '../sign-out-button';
import { SignedIn } from '../signed-in';
import { DetailsSection } from './details-section';
import { FaceSection } from './face-section';
import { SessionsSection } from './sessions-section';
import { StoredSection } from './stored-section';

/** What is stored about the person who is signed in, and what they can change. */
export function Me() {
  const { me } = useWords();
  return <SignedIn name={me.title}>{(session) => <OwnAccount session={session} />}</SignedIn>;
}

function OwnAccount({ session }: { session: SessionState }) {
  const { me } = useWords();
  const account = useAccount(session.user_id);
  return (
    <Page heading={me.title} lead={me.lead}>
      {account.data ? (
        <>
          <DetailsSection account={account.data} session={session} />
          <StoredSection account={account.data} />
          <FaceSection session={session} />
          <SessionsSection userId={session.user_id} />
        </>
      ) : account.error ? (
        <Refused error={account.error} onRetry={() => void account.refetch()} />
      ) : (
        <Waiting />
      )}
      <div className="actions">
        <SignOutButton />
        <Link to="/welcome">{me.toWelcome}</Link>
      </div>
    </Page>
  );
}
