/** What the history entry of this page knows: so that Back leads from the camera to the name. */
export interface SignInEntry {
  readonly username?: string | undefined;
  readonly from?: string | undefined;
}

/** Where a recovery code takes the place of the camera. */
export const BY_CODE = '/sign-in?way=code';
