import { useState } from 'react';
import { useLostFocus } from '../../ui/use-lost-focus';

/** A part of a section that a button opens; the button has the focus again once it is closed. */
export function useUnfolding(openAtFirst = false) {
  const [state, setState] = useState<'untouched' | 'open' | 'closed'>(
    openAtFirst ? 'open' : 'untouched',
  );
  return {
    open: state === 'open',
    unfold: () => {
      setState('open');
    },
    fold: () => {
      setState('closed');
    },
    opener: useLostFocus(state === 'closed'),
  };
}
