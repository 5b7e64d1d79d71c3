import { useCallback } from 'react';
import { FIELD } from './field-selector';
import { focusIsLost, settleFocus } from './keep-focus';

/**
 * Return a ref that takes the focus on arrival, where `wanted` and what had it before has gone: for
 * its first field, if it has one.
 */
export function useLostFocus(wanted = true) {
  return useCallback(
    (element: HTMLElement | null) => {
      if (!element || !wanted || !focusIsLost()) return;
      settleFocus(element.querySelector<HTMLElement>(FIELD) ?? element);
    },
    [wanted],
  );
}
