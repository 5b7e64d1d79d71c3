import { describe, expect, it } from 'vitest';
import type { SeenFace } from '../view';
import {
  ASKING,
  CENTRE_MS,
  GOOD_IN_A_ROW,
  liveReducer,
  turnOf,
  UNGUIDED,
  type LiveEvent,
  type LiveState,
} from './live-flow';
import type { Step } from './step';

const CENTRE: Step = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 };
const LEFT: Step = { n: 1, type: 'turn', direction: 'left', min_frames: 6, max_ms: 5000 };

const run = (events: readonly LiveEvent[], from: LiveState = ASKING) =>
  events.reduce(liveReducer, from);

function face(yawDeg = 0): SeenFace {
  return { offX: 0, offY: 0, width: 0.5, luma: 120, yawDeg, pitchDeg: 0 };
}
const seen = (atMs: number, yawDeg = 0): LiveEvent => ({
  type: 'seen',
  hint: 'good',
  face: face(yawDeg),
  atMs,
});
const filmed = (atMs: number, guided = true): LiveEvent => ({ type: 'filmed', atMs, guided });
const continued = (step: Step, atMs: number): LiveEvent => ({
  type: 'answered',
  answer: { status: 'continue', step },
  atMs,
});

const FOUND: readonly LiveEvent[] = [
  { type: 'wanted' },
  { type: 'opened' },
  ...Array.from({ length: GOOD_IN_A_ROW }, (_, i) => seen(i)),
];
const BEGUN: readonly LiveEvent[] = [...FOUND, { type: 'shown_step', step: CENTRE, atMs: 0 }];
const times = (untilMs: number) => Array.from({ length: untilMs / 100 }, (_, i) => (i + 1) * 100);
const LOOKED_STRAIGHT = [...BEGUN, ...times(700).flatMap((atMs) => [seen(atMs, 1), filmed(atMs)])];
const TURNING = [...LOOKED_STRAIGHT, continued(LEFT, 1000)];

describe('before a capture', () => {
  it('begins when the face has been good some times in a row', () => {
    expect(run(FOUND).step).toBe('beginning');
    expect(run(FOUND.slice(0, -1)).step).toBe('finding');
  });

  it('counts anew after a look that was not good', () => {
    const bad: LiveEvent = { type: 'seen', hint: 'too_far', face: face(), atMs: 9 };
    const state = run([...FOUND.slice(0, -1), bad, seen(10)]);
    expect(state).toMatchObject({ step: 'finding', good: 1 });
  });

  it('begins by a press of the button, whatever guidance thinks', () => {
    expect(run([{ type: 'wanted' }, { type: 'opened' }, { type: 'pressed' }]).step).toBe(
      'beginning',
    );
  });

  it('lets go of the camera while nobody sees the page, and comes back', () => {
    const opened: LiveEvent[] = [{ type: 'wanted' }, { type: 'opened' }, { type: 'hidden' }];
    expect(run(opened).step).toBe('paused');
    expect(run([...opened, { type: 'shown' }]).step).toBe('opening');
  });
});

describe('looking straight', () => {
  it('lasts as long as the server asks for, with enough frames', () => {
    const events = times(700).flatMap((atMs) => [seen(atMs), filmed(atMs)]);
    expect(run([...BEGUN, ...events]).step).toBe('checking');
    expect(run([...BEGUN, seen(10), filmed(CENTRE_MS)]).step).toBe('performing');
    expect(run([...BEGUN, ...events.slice(0, -1)]).step).toBe('performing');
  });

  it('gives the pose that turns are measured from', () => {
    expect(run(TURNING)).toMatchObject({
      step: 'performing',
      performance: { baseline: { yawDeg: 1, pitchDeg: 0 }, done: 1 },
    });
  });
});

describe('a turn', () => {
  it('is done when the head has been far enough and is back', () => {
    const out = run([...TURNING, seen(1500, 26), filmed(1500)]);
    expect(out.step === 'performing' && turnOf(out.performance)?.phase).toBe('back');
    expect(run([seen(1900, 3), filmed(1900)], out).step).toBe('checking');
  });

  it('ends calmly when it takes too long', () => {
    expect(run([...TURNING, seen(1500, 8), filmed(6001)])).toEqual({
      step: 'ended',
      code: 'took_too_long',
    });
  });

  it('is sent at the end of its time where it may pass', () => {
    expect(run([...TURNING, seen(1500, 22), seen(5900, 7.5), filmed(6001)]).step).toBe('checking');
  });

  it('pays no heed to looks from before it was shown', () => {
    const state = run([...TURNING, seen(999, 26)]);
    expect(state).toMatchObject({ performance: { poses: [] } });
  });

  it('is asked for once more with the reason', () => {
    const back = run([...TURNING, seen(1500, 26), seen(1900, 3), filmed(1900)]);
    const again = liveReducer(back, {
      type: 'answered',
      answer: { status: 'repeat', code: 'turn_more', step: { ...LEFT, n: 2 } },
      atMs: 2000,
    });
    expect(again).toMatchObject({
      step: 'performing',
      performance: { code: 'turn_more', done: 1, poses: [], baseline: { yawDeg: 1 } },
    });
  });

  it('goes by the clock where nothing measures the pose', () => {
    const lost = [...TURNING, filmed(1000 + UNGUIDED.outMs - 1, false)];
    const out = run(lost);
    expect(out.step === 'performing' && turnOf(out.performance)?.phase).toBe('out');
    const back = run([filmed(1000 + UNGUIDED.outMs, false)], out);
    expect(back.step === 'performing' && turnOf(back.performance)?.phase).toBe('back');
    expect(run([filmed(1000 + UNGUIDED.endMs, false)], back).step).toBe('checking');
  });
});

describe('the end of a capture', () => {
  const checking = run(LOOKED_STRAIGHT);

  it('is what the server says', () => {
    const end = (answer: Extract<LiveEvent, { type: 'answered' }>['answer']) =>
      liveReducer(checking, { type: 'answered', answer, atMs: 1 });
    expect(end({ status: 'passed' })).toEqual({ step: 'passed' });
    expect(end({ status: 'failed', code: 'too_dark' })).toEqual({
      step: 'ended',
      code: 'too_dark',
    });
    expect(end({ status: 'failed' })).toEqual({ step: 'ended', code: 'liveness_failed' });
  });

  it('comes when the page is left in the middle: nothing goes on by itself', () => {
    const ended = run([...TURNING, { type: 'hidden' }]);
    expect(ended).toEqual({ step: 'ended', code: 'cancelled' });
    expect(run([{ type: 'shown' }, { type: 'wanted' }, seen(1), filmed(2)], ended)).toBe(ended);
  });

  it('comes with a camera that goes away, until the person tries again', () => {
    const failed = run([...TURNING, { type: 'failed', failure: 'unplugged' }]);
    expect(failed).toEqual({ step: 'failed', failure: 'unplugged' });
    expect(run([{ type: 'wanted' }], failed).step).toBe('opening');
  });
});

it('a flash lasts as long as its colours', () => {
  const flash: Step = {
    n: 4,
    type: 'flash',
    min_frames: 8,
    max_ms: 6000,
    slot_ms: 500,
    colours: ['#ff0000', '#00ff00'],
  };
  const shown = run([continued(flash, 0)], run(LOOKED_STRAIGHT));
  expect(run([filmed(999)], shown).step).toBe('performing');
  expect(run([filmed(1000)], shown).step).toBe('checking');
});
