import type { ActivityEntry } from '../../api/requests';
import type { Words } from '../../ui/words/en';

/** Put one entry of the activity list into words; never into the names that programs use. */
export function activitySentence(entry: ActivityEntry, { me, codes }: Words): string {
  const { action, outcome, factor, reason } = entry;
  const among = (table: Readonly<Record<string, string>>) =>
    table[`${action}_${factor ?? ''}`] ?? table[action];
  if (outcome === 'ok') return among(me.actions) ?? me.actionOther;
  const refused = among(me.refusedActions) ?? me.actionRefused;
  const why = reason === undefined || reason === 'not_recognised' ? undefined : codes[reason];
  return why === undefined ? refused : `${refused} ${why}`;
}
