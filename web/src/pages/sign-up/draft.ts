import type { Details } from './sign-up-flow';

const DRAFT = 'facelogin-sign-up';
const INVITE = 'facelogin-invitation';

/** What a reload of the sign-up page must not lose. No picture and no live look is ever in it. */
export interface Draft {
  readonly details: Details;
  /** The server has found nothing wrong with these details. */
  readonly checked: boolean;
  /** The version of the notice that was agreed to. */
  readonly consent: string | null;
}

/** What was filled in before the page was loaded again, in this tab; null for nothing. */
export function keptDraft(): Draft | null {
  try {
    const kept = JSON.parse(read(DRAFT) ?? 'null') as Partial<Draft> | null;
    const { email, username } = kept?.details ?? {};
    if (typeof email !== 'string' || typeof username !== 'string') return null;
    return {
      details: { email, username },
      checked: kept?.checked === true,
      consent: typeof kept?.consent === 'string' ? kept.consent : null,
    };
  } catch {
    return null;
  }
}

export function keepDraft({ details, checked, consent }: Draft): void {
  write(DRAFT, JSON.stringify({ details, checked, consent }));
}

/** The token of the invitation that this tab was opened with; null for none. */
export const keptInvitation = (): string | null => read(INVITE);

export function keepInvitation(token: string): void {
  write(INVITE, token);
}

/** Forget all of it: there is an account now, or somebody signs out. */
export function forgetSignUp(): void {
  write(DRAFT, null);
  write(INVITE, null);
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keep a text for as long as this tab is open; null for no longer. */
function write(key: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Storage is switched off or full: a reload starts over.
  }
}
