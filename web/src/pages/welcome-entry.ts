/** What the history entry of the greeting knows. */
export interface WelcomeEntry {
  /** Nobody typed a name: the server found out whose face it was, and may be wrong. */
  readonly found?: boolean | undefined;
  /** The account was made a moment ago. */
  readonly newHere?: boolean | undefined;
}

export const NEW_HERE = { newHere: true } as const satisfies WelcomeEntry;
