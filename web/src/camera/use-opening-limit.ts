import { useEffect, useEffectEvent } from 'react';

/** A browser's question may stand for a while, but not for ever. */
const OPEN_WITHIN_MS = 25_000;

/** Tell when a camera has been opening for too long. */
export function useOpeningLimit(opening: boolean, onLate: () => void): void {
  const late = useEffectEvent(onLate);
  useEffect(() => {
    if (!opening) return undefined;
    const timer = setTimeout(() => {
      late();
    }, OPEN_WITHIN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [opening]);
}
