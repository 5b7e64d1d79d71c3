/** A code is this many letters and digits, in groups however the person likes. */
const CODE_LENGTH = 16;

/** Say what is wrong with a code as far as its form goes; capitals, spaces and hyphens don't matter. */
export function codeProblem(code: string): 'missing' | 'wrong_length' | null {
  const signs = code.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '');
  if (signs === '') return 'missing';
  return signs.length === CODE_LENGTH ? null : 'wrong_length';
}
