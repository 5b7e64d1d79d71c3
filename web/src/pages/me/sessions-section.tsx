import { useState } from 'react';
import { useAccountSessions } from '../../api/queries';
import type { AccountSession } from '../../api/requests';
import { useEndOtherSessions, useEndSession } from '../../api/account-changes';
import { Button } from '../../ui/button';
import { Waiting } from '../../ui/waiting';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { useDates } from '../use-dates';
import { browserName } from './browser-name';
import { Section } from './section';

/** Where the person is signed in, and a way to end it there. */
export function SessionsSection({ userId }: { userId: string }) {
  const { me } = useWords();
  const sessions = useAccountSessions(userId);
  const [done, setDone] = useState<string | null>(null);
  return (
    <Section title={me.sessions} done={done}>
      {sessions.data ? (
        <>
          <ul className="sessions">
            {sessions.data.sessions.map((session) => (
              <SessionItem key={session.session_id} session={session} onEnded={setDone} />
            ))}
          </ul>
          {sessions.data.sessions.some((session) => !session.current) && (
            <EndOthers onEnded={setDone} />
          )}
        </>
      ) : sessions.error ? (
        <Refused error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : (
        <Waiting />
      )}
    </Section>
  );
}

function EndOthers({ onEnded }: { onEnded: (said: string) => void }) {
  const { me } = useWords();
  const ending = useEndOtherSessions((ended) => {
    onEnded(me.endedOthers(ended));
  });
  return (
    <>
      <Button
        busy={ending.isPending}
        onClick={() => {
          ending.mutate();
        }}
      >
        {me.endOthers}
      </Button>
      {ending.error && <Refused error={ending.error} />}
    </>
  );
}

interface SessionItemProps {
  readonly session: AccountSession;
  readonly onEnded: (said: string) => void;
}

function SessionItem({ session, onEnded }: SessionItemProps) {
  const { me } = useWords();
  const dates = useDates();
  const ending = useEndSession(() => {
    onEnded(me.ended);
  });
  const browser = browserName(session.browser, me);
  const since = dates.moment(session.created_at);
  // Gone already is as good as ended; the list is read again either way.
  const failed = ending.error && codeOf(ending.error) !== 'not_found' ? ending.error : null;
  return (
    <li>
      <div>
        <p>
          <strong>{session.current ? me.thisSession : (browser ?? me.otherSession)}</strong>
          {session.current && browser && `, ${browser}`}
        </p>
        <p className="quiet">
          {[
            me.since(since),
            me.lastSeen(dates.moment(session.last_seen_at)),
            me.ends(dates.time(session.expires_at)),
          ].join(', ')}
        </p>
      </div>
      {!session.current && (
        <Button
          busy={ending.isPending}
          aria-label={me.endLabel(since)}
          onClick={() => {
            ending.mutate(session.session_id);
          }}
        >
          {me.end}
        </Button>
      )}
      {failed && <Refused error={failed} />}
    </li>
  );
}
