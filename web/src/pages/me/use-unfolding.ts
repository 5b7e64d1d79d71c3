import { useState } from 'react';
import { useLostFocus } from '../../ui/use-lost-focus';

/**
 * A part of a section that a button opens; the button has the focus again once it is closed. `done`
 * is what was said when it was closed by having done something.
 */
export function useUnfolding(openAtFirst = false) {
  const [state, setState] = useState<'untouched' | 'open' | 'closed'>(
    openAtFirst ? 'open' : 'untouched',
  );
  const [done, setDone] = useState<string | null>(null);
  return {
    done,
    open: state === 'open',
    unfold: () => {
      setDone(null);
      setState('open');
    },
    fold: () => {
      setState('closed');
    },
    finish: (said: string) => {
      setDone(said);
      setState('closed');
    },
    opener: useLostFocus(state === 'closed'),
  };
}
