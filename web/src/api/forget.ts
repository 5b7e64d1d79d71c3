import type { QueryClient } from '@tanstack/react-query';
import { tellOtherTabs } from './other-tabs';
import { personalKeys, sessionKey } from './queries';

/** Nobody is signed in any more: forget whose pages these were. */
export async function forgetSession(cache: QueryClient): Promise<void> {
  await cache.cancelQueries({ queryKey: sessionKey });
  cache.setQueryData(sessionKey, null);
  forgetPersonal(cache);
  tellOtherTabs();
}

export function forgetPersonal(cache: QueryClient): void {
  for (const queryKey of personalKeys) cache.removeQueries({ queryKey });
}
