import { describe, expect, it } from 'vitest';
import { en } from '../../ui/words/en';
import type { LiveState, Performance } from './live-flow';
import { sentences } from './sentences';

const words = en.camera;
const TURN = { n: 1, type: 'turn', direction: 'left', min_frames: 6, max_ms: 5000 } as const;
const BASE: Performance = {
  step: TURN,
  sinceMs: 0,
  elapsedMs: 0,
  frames: 0,
  code: null,
  repeated: false,
  poses: [],
  hint: null,
  baseline: { yawDeg: 0, pitchDeg: 0 },
  done: 1,
};

function asked(change: Partial<Performance>) {
  const state: LiveState = { step: 'performing', performance: { ...BASE, ...change } };
  return sentences(state, false, words).asked;
}

describe('what a step asks for', () => {
  it.each([
    ['a turn', {}, words.live.turn.left],
    ['its way back', { poses: [{ atMs: 1, yawDeg: 26, pitchDeg: 0 }] }, words.live.back],
    ['a turn elsewhere', { poses: [{ atMs: 1, yawDeg: -15, pitchDeg: 0 }] }, words.live.otherWay],
    ['a turn once more', { code: 'turn_more' }, /^Almost: a little further.*your left$/],
    ['a turn once more for an unknown reason', { code: 'x' }, /^Once more, please.*your left$/],
  ])('by %s', (_what, change, sentence) => {
    expect(asked(change)).toMatch(sentence);
  });

  it('by looking straight is what would make it better', () => {
    const step = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 } as const;
    expect(asked({ step, hint: 'good' })).toBe(words.live.centre);
    expect(asked({ step, hint: 'too_dark' })).toBe(words.hints.too_dark);
  });
});

it('without guidance the person begins by the button', () => {
  const finding: LiveState = { step: 'finding', hint: null, good: 0 };
  expect(sentences(finding, true, words).seen).toBe(words.live.ready);
  expect(sentences(finding, false, words).seen).toBe(words.hints.loading);
});
