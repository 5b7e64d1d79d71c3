import { useEffect, useState } from 'react';

/**
 * Count whole seconds down to 0 at `untilMs` (by `performance.now()`; null for no wait). It goes by
 * the clock: a tab that slept wakes up at the right number.
 */
export function useCountdown(untilMs: number | null): number {
  const [leftS, setLeftS] = useState(() => secondsUntil(untilMs));
  useEffect(() => {
    if (untilMs === null) return undefined;
    const tell = () => {
      const left = secondsUntil(untilMs);
      setLeftS(left);
      if (left === 0) clearInterval(timer);
    };
    const timer = setInterval(tell, 250);
    tell();
    return () => {
      clearInterval(timer);
    };
  }, [untilMs]);
  return leftS;
}

function secondsUntil(untilMs: number | null): number {
  if (untilMs === null) return 0;
  return Math.max(0, Math.ceil((untilMs - performance.now()) / 1000));
}
