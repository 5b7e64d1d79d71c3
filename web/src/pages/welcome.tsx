import { lazy, Suspense } from 'react';
import { useLocation } from 'react-router-dom';
import { useGreeting } from '../api/queries';
import type { SessionState } from '../api/requests';
import { ButtonLink } from '../ui/button';
import { Portrait } from '../ui/portrait';
import { Waiting } from '../ui/waiting';
import { useWords } from '../ui/words/use-words';
import { Page } from './page';
import { Refused } from './refused';
import { NotMeButton, SignOutButton } from './sign-out-button';
import { SignedIn } from './signed-in';
import { useDates } from './use-dates';
import type { WelcomeEntry } from './welcome-entry';

const AfterCode = lazy(async () => ({ default: (await import('./after-code')).AfterCode }));

/** The greeting. */
export function Welcome() {
  const { welcome } = useWords();
  return <SignedIn name={welcome.title}>{(session) => <Greeting session={session} />}</SignedIn>;
}

function Greeting({ session }: { session: SessionState }) {
  const { welcome } = useWords();
  const dates = useDates();
  const greeting = useGreeting(session.user_id);
  const { found, newHere } = (useLocation().state ?? {}) as WelcomeEntry;
  const byCode = !session.amr.includes('face');
  if (!greeting.data) {
    return (
      <Page heading={welcome.title}>
        {greeting.error ? (
          <Refused error={greeting.error} onRetry={() => void greeting.refetch()} />
        ) : (
          <Waiting />
        )}
      </Page>
    );
  }
  return (
    <Page
      name={welcome.title}
      wide
      heading={(newHere ? welcome.firstGreeting : welcome.greeting)(greeting.data.username)}
      lead={`${newHere ? welcome.firstLead : welcome.lead} ${welcome.until(dates.time(session.expires_at))}`}
    >
      <div className="actions">
        <ButtonLink look={byCode ? 'plain' : 'main'} to="/me">
          {welcome.me}
        </ButtonLink>
        <SignOutButton />
        {found && <NotMeButton />}
      </div>
      {/* Below, since it comes a moment later: nothing moves from under a finger. */}
      {byCode && (
        <Suspense fallback={null}>
          <AfterCode userId={session.user_id} />
        </Suspense>
      )}
      <Portrait />
    </Page>
  );
}
