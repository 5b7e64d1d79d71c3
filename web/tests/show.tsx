import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../src/app';
import { en } from '../src/ui/words/en';

/** Open the app at an address, as a browser would. */
export function show(path: string, state: unknown = null) {
  window.history.pushState(state === null ? null : { usr: state, key: 'k', idx: 0 }, '', path);
  const user = userEvent.setup();
  return { user, ...render(<App words={en} language="en" />) };
}
