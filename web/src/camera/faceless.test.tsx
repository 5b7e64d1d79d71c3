import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { en } from '../ui/words/en';
import type { Guidance } from './capture-flow';
import type { Hint } from './hint';
import { LiveView } from './live-view';
import { LiveStage } from './live/live-stage';
import { FACELESS_MS } from './use-overdue';

const words = en.camera;
const HELP = words.noFaceHelp;
const stays = { videoRef: { current: null }, dispatch: () => undefined, takeFocus: false };

function photo(guidance: Guidance) {
  return (
    <LiveView
      {...stays}
      words={words}
      shots={[{ pose: 'straight', frames: 3 }]}
      upload={null}
      state={{
        step: 'guiding',
        progress: { shot: 0, frames: [] },
        guidance,
        run: [],
        sinceMs: 0,
      }}
    />
  );
}

function live(hint: Hint) {
  return (
    <LiveStage
      {...stays}
      words={words}
      unguided={false}
      steps={4}
      state={{ step: 'finding', hint, good: 0 }}
    />
  );
}

function pass(ms: number): void {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', {
    languages: ['en'],
    mediaDevices: {
      getUserMedia: () => new Promise(() => undefined),
      enumerateDevices: () => Promise.resolve([]),
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it.each([
  ['the photo camera', photo],
  ['the live camera', live],
])('%s says after 20 seconds what to do without a face', (_what, camera) => {
  const { rerender } = render(camera('no_face'));
  pass(FACELESS_MS - 1);
  expect(screen.queryByText(HELP)).toBeNull();
  pass(1);
  expect(screen.getByText(HELP)).toBeVisible();
  pass(1_000);
  expect(screen.getAllByText(words.noFaceFor)).not.toHaveLength(0);
  rerender(camera('too_far'));
  expect(screen.queryByText(HELP)).toBeNull();
  rerender(camera('no_face'));
  pass(FACELESS_MS - 1);
  expect(screen.queryByText(HELP)).toBeNull();
});
