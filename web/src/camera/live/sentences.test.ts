import { describe, expect, it } from 'vitest';
import { en } from '../../ui/words/en';
import type { LiveState, Performance } from './live-flow';
import { NO_MOVEMENT } from './movement';
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
  movement: NO_MOVEMENT,
  backSinceMs: null,
  hint: null,
  baseline: { yawDeg: 0, pitchDeg: 0 },
  done: 1,
};

const GUIDED = { unguided: false, faceless: false };

function said(change: Partial<Performance>) {
  const state: LiveState = { step: 'performing', performance: { ...BASE, ...change } };
  return sentences(state, GUIDED, words);
}

describe('what a step asks for', () => {
  it.each([
    ['a turn', {}, words.live.turn.left],
    ['its way back', { poses: [{ atMs: 1, yawDeg: 26, pitchDeg: 0 }] }, words.live.back],
    ['a turn elsewhere', { poses: [{ atMs: 1, yawDeg: -15, pitchDeg: 0 }] }, words.live.otherWay],
    ['a turn once more', { code: 'turn_more' }, /^Almost: a little further.*your left$/],
    ['a turn once more for an unknown reason', { code: 'x' }, /^Let’s try that again.*your left$/],
  ])('by %s', (_what, change, sentence) => {
    expect(said(change).asked).toMatch(sentence);
  });

  it('by looking straight is what would make it better', () => {
    const step = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 } as const;
    expect(said({ step, hint: 'good' }).asked).toBe(words.live.centre);
    expect(said({ step, hint: 'too_dark' }).asked).toBe(words.hints.too_dark);
  });
});

it('without guidance the person begins by the button', () => {
  const finding: LiveState = { step: 'finding', hint: null, good: 0 };
  expect(sentences(finding, { unguided: true, faceless: false }, words).seen).toBe(
    words.live.ready,
  );
  expect(sentences(finding, GUIDED, words).seen).toBe(words.hints.loading);
});

it('a turn is numbered, for the eye all along and for the ear once', () => {
  const start = said({ done: 2 });
  expect(start.count).toBe('Turn 2 of 3');
  expect(start.told).toBe(`Turn 2 of 3. ${words.live.turn.left}`);
  const back = said({ done: 2, poses: [{ atMs: 1, yawDeg: 26, pitchDeg: 0 }] });
  expect(back.count).toBe('Turn 2 of 3');
  expect(back.told).toBe(words.live.back);
  const step = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 } as const;
  expect(said({ step, done: 0 }).count).toBeNull();
});

it('a head that is back but not level is told which way to move', () => {
  const poses = [
    { atMs: 1, yawDeg: 26, pitchDeg: 0 },
    { atMs: 2, yawDeg: 1, pitchDeg: -9 },
  ];
  expect(said({ poses }).asked).toBe(words.hints.lift_chin);
});

it('a face that is not found for long is told so', () => {
  const finding: LiveState = { step: 'finding', hint: 'no_face', good: 0 };
  expect(sentences(finding, { unguided: false, faceless: true }, words).seen).toBe(words.noFaceFor);
});
