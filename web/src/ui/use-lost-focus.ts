import { useCallback } from 'react';
import { focusIsLost } from './keep-focus';

/** Return a ref that takes the focus on arrival, where `wanted` and what had it before has gone. */
export function useLostFocus(wanted = true) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (wanted && focusIsLost()) element?.focus();
    },
    [wanted],
  );
}
