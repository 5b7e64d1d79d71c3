import type { ActivityEntry } from '../../api/requests';
import type { Words } from '../../ui/words/en';
import { browserName } from './browser-name';

/** Reasons that the sentence of what was refused tells already. */
const TOLD = new Set(['not_recognised', 'too_many_attempts']);

/**
 * Put one entry of the activity list into words; never into the names that programs use. What was
 * refused says from where, since that is what tells one's own mistakes from somebody else's tries.
 */
export function activitySentence(entry: ActivityEntry, { me, codes }: Words): string {
  const { action, outcome, factor, reason } = entry;
  const { actions, refusedActions } = me;
  const browser = browserName(entry.browser, me);
  const placed = (sentence: string) =>
    browser === null ? sentence : withPlace(sentence, me.from(browser));
  const byFactor = `${action}_${factor ?? ''}`;
  if (outcome === 'ok') return actions[byFactor] ?? actions[action] ?? me.actionOther;
  const becauseOf = refusedActions[`${action}_${reason ?? ''}`];
  if (becauseOf !== undefined) return placed(becauseOf);
  const refused = placed(refusedActions[byFactor] ?? refusedActions[action] ?? me.actionRefused);
  const why = reason === undefined || TOLD.has(reason) ? undefined : codes[reason];
  return why === undefined ? refused : `${refused} ${why}`;
}

/** Say from where before the sentence says why, or else at its end. */
function withPlace(sentence: string, place: string): string {
  return sentence.replace(/:(?= )|\.$/, (mark) => `${place}${mark}`);
}
