const KEY = 'facelogin-name';

/** The name that the person asked this device to remember; empty where there is none. */
export function rememberedName(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** Remember a name on this device; forget it for null. A browser that keeps nothing is fine. */
export function rememberName(username: string | null): void {
  try {
    if (username === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, username);
  } catch {
    // Storage is switched off or full: the name is typed again next time.
  }
}
