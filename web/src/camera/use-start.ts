import { useEffect, useEffectEvent } from 'react';
import { mayUseCamera } from './permission';

/** `now` where the person just asked for it; else at once only if the browser won't ask. */
export type Start = 'now' | 'when_allowed';

/** Begin without a press of a button, where that surprises nobody. */
export function useStart(start: Start, onStart: () => void): void {
  const begin = useEffectEvent(onStart);
  useEffect(() => {
    let left = false;
    void (start === 'now' ? Promise.resolve(true) : mayUseCamera()).then((may) => {
      if (may && !left) begin();
    });
    return () => {
      left = true;
    };
  }, [start]);
}
