import type { Words } from '../../ui/words/en';
import type { Details, DetailsProblem } from './sign-up-flow';

/** Put what is wrong with a field into words. */
export function problemSentence(
  field: keyof Details,
  problem: DetailsProblem | undefined,
  words: Words,
): string | null {
  if (!problem) return null;
  if (problem === 'missing') return words.app.required;
  if (problem === 'taken') return words.codes[`${field}_taken`] ?? words.failure.otherwise;
  return field === 'email' ? words.signUp.emailWrong : words.signUp.usernameWrong;
}
