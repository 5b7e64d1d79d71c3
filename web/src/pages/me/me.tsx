import { useState } from 'react';
import { Link } from 'react-router-dom';
import { useAccount, useConfig } from '../../api/queries';
import type { Account, SessionState } from '../../api/requests';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { KeepCodes } from '../recovery/keep-codes';
import { Refused } from '../refused';
import { SignOutButton } from '../sign-out-button';
import { SignedIn } from '../signed-in';
import { ActivitySection } from './activity-section';
import { DetailsSection } from './details-section';
import { EraseSection } from './erase-section';
import { ExportSection } from './export-section';
import { FaceSection } from './face-section';
import { NoticeSection } from './notice-section';
import { RecoverySection } from './recovery-section';
import { SessionsSection } from './sessions-section';
import { StoredSection } from './stored-section';
import { useLedToFace } from './use-led-to-face';

/** What is stored about the person who is signed in, and what they can change. */
export function Me() {
  const { me } = useWords();
  return <SignedIn name={me.title}>{(session) => <OwnAccount session={session} />}</SignedIn>;
}

function OwnAccount({ session }: { session: SessionState }) {
  const { me, recovery } = useWords();
  const account = useAccount(session.user_id);
  const ledToFace = useLedToFace();
  const [newCodes, setNewCodes] = useState<readonly string[] | null>(null);
  if (newCodes && newCodes.length > 0) {
    return (
      <Page name={me.title} heading={recovery.keepTitle} lead={recovery.keepLead}>
        <KeepCodes
          username={session.username}
          codes={newCodes}
          onKept={() => {
            setNewCodes([]);
          }}
        />
      </Page>
    );
  }
  return (
    <Page heading={me.title} lead={me.lead} cameForPart={ledToFace && newCodes === null}>
      {account.data ? (
        <Sections
          account={account.data}
          session={session}
          ledToFace={ledToFace && newCodes === null}
          onCodes={setNewCodes}
        />
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

interface SectionsProps {
  readonly account: Account;
  readonly session: SessionState;
  readonly ledToFace: boolean;
  readonly onCodes: (codes: readonly string[]) => void;
}

function Sections({ account, session, ledToFace, onCodes }: SectionsProps) {
  const required = useConfig().data?.notice.required ?? false;
  return (
    <>
      {account.consent?.outdated && <NoticeSection />}
      {required && account.consent === null && <NoticeSection missing />}
      <DetailsSection account={account} session={session} />
      <StoredSection account={account} />
      <FaceSection session={session} ledHere={ledToFace} />
      <RecoverySection account={account} session={session} onCodes={onCodes} />
      <SessionsSection userId={session.user_id} />
      <ActivitySection userId={session.user_id} />
      <ExportSection username={account.username} />
      <EraseSection session={session} />
    </>
  );
}
