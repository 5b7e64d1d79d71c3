import { useCallback } from 'react';

/** Return a ref that takes the focus on arrival, where `wanted` and what had it before has gone. */
export function useLostFocus(wanted = true) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (wanted && document.activeElement === document.body) element?.focus();
    },
    [wanted],
  );
}
