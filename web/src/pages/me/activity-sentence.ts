import type { ActivityEntry } from '../../api/requests';
import type { Words } from '../../ui/words/en';

/** Reasons that the sentence of what was refused tells already. */
const TOLD = new Set(['not_recognised', 'too_many_attempts']);

/** Put one entry of the activity list into words; never into the names that programs use. */
export function activitySentence(entry: ActivityEntry, { me, codes }: Words): string {
  const { action, outcome, factor, reason } = entry;
  const { actions, refusedActions } = me;
  const byFactor = `${action}_${factor ?? ''}`;
  if (outcome === 'ok') return actions[byFactor] ?? actions[action] ?? me.actionOther;
  const becauseOf = refusedActions[`${action}_${reason ?? ''}`];
  if (becauseOf !== undefined) return becauseOf;
  const refused = refusedActions[byFactor] ?? refusedActions[action] ?? me.actionRefused;
  const why = reason === undefined || TOLD.has(reason) ? undefined : codes[reason];
  return why === undefined ? refused : `${refused} ${why}`;
}
