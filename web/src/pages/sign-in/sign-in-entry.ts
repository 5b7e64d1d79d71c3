/** What the history entry of this page knows: so that Back leads from the camera to the name. */
export interface SignInEntry {
  /** Empty where it is to be asked for, null where the face alone is to tell. */
  readonly username?: string | null | undefined;
  readonly from?: string | undefined;
}

/** Where a recovery code takes the place of the camera. */
export const BY_CODE = '/sign-in?way=code';
