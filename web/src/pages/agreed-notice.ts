const KEY = 'facelogin-agreed-notice';

/** Whether somebody has agreed to this version of the notice here and then signed in. */
export function agreedBefore(version: string): boolean {
  try {
    return localStorage.getItem(KEY) === version;
  } catch {
    return false;
  }
}

/** Remember the version that led in. A browser that keeps nothing is fine: it asks again. */
export function rememberAgreed(version: string): void {
  try {
    localStorage.setItem(KEY, version);
  } catch {
    // Storage is switched off or full.
  }
}
