import type { Words } from '../../ui/words/en';

/** Say "Firefox on Windows", which the server says in English, in the person's language. */
export function browserName(told: string | null | undefined, me: Words['me']): string | null {
  const [family, system] = told?.split(' on ') ?? [];
  return family && system ? me.browser(family, system) : (told ?? null);
}
