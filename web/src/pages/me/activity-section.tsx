import { Fragment, useState, type Ref } from 'react';
import { useActivity } from '../../api/queries';
import type { ActivityEntry } from '../../api/requests';
import { Button } from '../../ui/button';
import { Waiting } from '../../ui/waiting';
import { useLostFocus } from '../../ui/use-lost-focus';
import { useWords } from '../../ui/words/use-words';
import { Refused } from '../refused';
import { useDates } from '../use-dates';
import { activitySentence } from './activity-sentence';
import { browserName } from './browser-name';
import { Section } from './section';

/** How many are shown before all are asked for. */
const AT_FIRST = 6;

/** What happened on the account: what matters for security first, then what is routine. */
export function ActivitySection({ userId }: { userId: string }) {
  const { me } = useWords();
  const activity = useActivity(userId);
  return (
    <Section title={me.activity}>
      <p className="quiet">{me.activityLead}</p>
      {activity.data ? (
        <Entries entries={activity.data.activity} />
      ) : activity.error ? (
        <Refused error={activity.error} onRetry={() => void activity.refetch()} />
      ) : (
        <Waiting />
      )}
    </Section>
  );
}

function Entries({ entries }: { entries: readonly ActivityEntry[] }) {
  const { me } = useWords();
  const [all, setAll] = useState(false);
  const takeLostFocus = useLostFocus();
  if (entries.length === 0) return <p>{me.activityNone}</p>;
  const shown = entries
    .map((entry, index) => ({ entry, index }))
    .slice(0, all ? undefined : AT_FIRST);
  return (
    <>
      {[false, true].map((routine) => {
        const group = shown.filter(({ entry }) => entry.routine === routine);
        if (group.length === 0) return null;
        return (
          <Fragment key={String(routine)}>
            {routine && <h3>{me.activityRoutine}</h3>}
            <ol className="activity">
              {group.map(({ entry, index }) => (
                <Entry
                  key={`${entry.at} ${index}`}
                  entry={entry}
                  ref={index === AT_FIRST ? takeLostFocus : undefined}
                />
              ))}
            </ol>
          </Fragment>
        );
      })}
      {!all && entries.length > AT_FIRST && (
        <Button
          onClick={() => {
            setAll(true);
          }}
        >
          {me.activityMore}
        </Button>
      )}
    </>
  );
}

function Entry({ entry, ref }: { entry: ActivityEntry; ref?: Ref<HTMLLIElement> | undefined }) {
  const words = useWords();
  const dates = useDates();
  const browser = entry.outcome === 'ok' ? browserName(entry.browser, words.me) : null;
  return (
    <li ref={ref} tabIndex={ref ? -1 : undefined} data-outcome={entry.outcome}>
      <p>{activitySentence(entry, words)}</p>
      <p className="quiet">
        <time dateTime={entry.at}>{dates.moment(entry.at)}</time>
        {browser && `, ${browser}`}
        {entry.this_device && `, ${words.me.thisDevice}`}
      </p>
    </li>
  );
}
