import { useCallback } from 'react';

/** Return a ref that takes the focus on arrival, where `wanted` and nothing else has it. */
export function useLostFocus(wanted: boolean) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (wanted && document.activeElement?.matches('body, [data-parked]')) element?.focus();
    },
    [wanted],
  );
}
