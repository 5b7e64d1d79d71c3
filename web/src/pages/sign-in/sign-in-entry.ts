/** What the history entry of this page knows: so that Back leads from the camera to the name. */
export interface SignInEntry {
  /** Empty where it is to be asked for, null where the face alone is to tell. */
  readonly username?: string | null | undefined;
  readonly from?: string | undefined;
}

/** Where a recovery code takes the place of the camera. */
export const BY_CODE = '/sign-in?way=code';

/**
 * For somebody else than who is remembered or signed in: an empty name, and no camera. It is in the
 * address, so that it holds in a new tab too.
 */
export const AS_OTHER = '/sign-in?who=other';
export const AS_OTHER_BY_CODE = `${BY_CODE}&who=other`;

export const isForOther = (parameters: URLSearchParams): boolean =>
  parameters.get('who') === 'other';
