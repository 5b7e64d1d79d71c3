import { useEffect, useRef, type RefObject } from 'react';

/** Return a ref to what is brought into view when it appears, and whenever `part` changes. */
export function useIntoView(part: string): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    ref.current?.scrollIntoView({ block: 'nearest' });
  }, [part]);
  return ref;
}
