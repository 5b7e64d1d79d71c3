/** What the history entry of the front door knows after an account has been erased. */
export const ERASED = { erased: true } as const;

export function hasErased(state: unknown): boolean {
  return (state as Partial<typeof ERASED> | null)?.erased === true;
}
