import { useEffect, useState } from 'react';

/** Without a face for so long, what to do about it is said. */
export const FACELESS_MS = 20_000;

/** Tell whether something has lasted for `ms` without a break. */
export function useOverdue(lasting: boolean, ms: number): boolean {
  const [overdue, setOverdue] = useState(false);
  useEffect(() => {
    if (!lasting) return undefined;
    const timer = setTimeout(() => {
      setOverdue(true);
    }, ms);
    return () => {
      clearTimeout(timer);
      setOverdue(false);
    };
  }, [lasting, ms]);
  return overdue;
}
