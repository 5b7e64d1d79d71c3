import { describe, expect, it } from 'vitest';
import type { SeenFace } from '../view';
import {
  ASKING,
  CENTRE_MS,
  GOOD_IN_A_ROW,
  liveReducer,
  turnNumber,
  turnOf,
  type LiveEvent,
  type LiveState,
} from './live-flow';
import type { Step } from './step';

const CENTRE: Step = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 };
const LEFT: Step = { n: 1, type: 'turn', direction: 'left', min_frames: 5, max_ms: 8000 };

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
const filmed = (atMs: number, guided = true, grey: number | null = null): LiveEvent => ({
  type: 'filmed',
  atMs,
  guided,
  kept: true,
  trace: grey === null ? null : new Uint8ClampedArray(12).fill(grey),
});
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
  const frames = (fromMs: number, count = 5) =>
    Array.from({ length: count }, (_, i) => filmed(fromMs + i * 90));

  it('is done when the head has been far enough and is back', () => {
    const out = run([...TURNING, ...frames(1100), seen(1500, 26), filmed(1500)]);
    expect(out.step === 'performing' && turnOf(out.performance)?.phase).toBe('back');
    expect(run([seen(1900, 3), filmed(1900)], out).step).toBe('checking');
  });

  it('waits for as many frames as the server needs', () => {
    const quick = [...TURNING, filmed(1100), seen(1500, 26), filmed(1500), seen(1900, 3)];
    const waiting = run([...quick, filmed(1900), filmed(2000)]);
    expect(waiting.step).toBe('performing');
    expect(run([filmed(2100)], waiting).step).toBe('checking');
  });

  it('counts no frame that was only seen', () => {
    const unkept: LiveEvent = { ...filmed(1100), kept: false } as LiveEvent;
    expect(run([...TURNING, unkept, unkept])).toMatchObject({ performance: { frames: 0 } });
  });

  it('lasts as long as the step says, with pauses', () => {
    const slow = [...TURNING, ...frames(1100), seen(4000, 12), seen(6500, 25), filmed(8900)];
    expect(run(slow).step).toBe('performing');
    expect(run([seen(8950, 3), filmed(8990)], run(slow)).step).toBe('checking');
    const longer = run([...LOOKED_STRAIGHT, continued({ ...LEFT, max_ms: 24_000 }, 1000)]);
    expect(run([filmed(24_900)], longer).step).toBe('performing');
  });

  it('is sent when its time is over, for the server to say what was missing', () => {
    expect(run([...TURNING, seen(1500, 8), filmed(9001)]).step).toBe('checking');
  });

  it('ends without a guess where no frame was kept at all', () => {
    const unkept: LiveEvent = { ...filmed(9001), kept: false } as LiveEvent;
    expect(run([...TURNING, unkept])).toEqual({ step: 'ended', code: 'frames_missing' });
  });

  it('is not done while the head is not level again', () => {
    const low: LiveEvent = {
      type: 'seen',
      hint: 'good',
      face: { ...face(2), pitchDeg: -9 },
      atMs: 1900,
    };
    const back = run([...TURNING, ...frames(1100), seen(1500, 26), low, filmed(1900)]);
    expect(back.step === 'performing' && turnOf(back.performance)?.off).toBe('up');
  });

  it('is numbered', () => {
    const state = run(TURNING);
    expect(state.step === 'performing' && turnNumber(state.performance)).toBe(1);
  });

  it('pays no heed to looks from before it was shown', () => {
    const state = run([...TURNING, seen(999, 26)]);
    expect(state).toMatchObject({ performance: { poses: [] } });
  });

  it('is asked for once more with the reason', () => {
    const back = run([...TURNING, ...frames(1100), seen(1500, 26), seen(1900, 3), filmed(1900)]);
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
});

describe('a turn that nothing measures', () => {
  /** Frames every 100 ms whose picture is changed by so many grey levels. */
  const shown = (changes: readonly number[]) =>
    run([...TURNING, ...changes.map((change, i) => filmed(1000 + i * 100, false, 100 + change))]);
  const steady = (change: number, count: number) => Array.from({ length: count }, () => change);
  const phase = (state: LiveState) =>
    state.step === 'performing' ? turnOf(state.performance)?.phase : state.step;
  const rise = (count: number) => Array.from({ length: count }, (_, i) => (40 * (i + 1)) / count);

  it('goes on until the picture changes no further, and then back', () => {
    const slow = [...steady(0, 5), ...rise(25)];
    expect(phase(shown(slow))).toBe('out');
    expect(phase(shown([...slow, ...steady(40, 8)]))).toBe('back');
  });

  it('is done when the picture is as before, however slowly', () => {
    const there = [...steady(0, 5), ...rise(15), ...steady(40, 8)];
    expect(phase(shown([...there, ...rise(20).reverse()]))).toBe('back');
    expect(phase(shown([...there, ...rise(20).reverse(), ...steady(1, 4)]))).toBe('checking');
  });

  it('goes by the clock where nothing moves', () => {
    expect(phase(shown(steady(0, 36)))).toBe('out');
    expect(phase(shown(steady(0, 38)))).toBe('back');
    expect(phase(shown(steady(0, 62)))).toBe('checking');
  });

  it('leaves more time to whoever asked for it', () => {
    const longer = run([...LOOKED_STRAIGHT, continued({ ...LEFT, max_ms: 24_000 }, 1000)]);
    expect(phase(run([filmed(11_000, false)], longer))).toBe('out');
    expect(phase(run([filmed(11_900, false)], longer))).toBe('back');
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
    const covered = { code: 'face_covered', detail: 'mouth' };
    expect(end({ status: 'failed', ...covered })).toEqual({ step: 'ended', ...covered });
  });

  it('comes when the page is left in the middle: nothing goes on by itself', () => {
    const ended = run([...TURNING, { type: 'hidden' }]);
    expect(ended).toEqual({ step: 'ended', code: 'cancelled' });
    expect(run([{ type: 'shown' }, { type: 'wanted' }, seen(1), filmed(2)], ended)).toBe(ended);
  });

  it('comes by the button, before the first step without a trace', () => {
    expect(run([...TURNING, { type: 'cancelled' }])).toEqual({ step: 'ended', code: 'cancelled' });
    expect(run([{ type: 'wanted' }, { type: 'opened' }, { type: 'cancelled' }])).toBe(ASKING);
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
