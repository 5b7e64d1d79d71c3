import { describe, expect, it } from 'vitest';
import {
  ASKING,
  BETWEEN_SHOTS_MS,
  captureReducer,
  GOOD_IN_A_ROW,
  type CaptureEvent,
  type CaptureState,
  type Shot,
} from './capture-flow';

const GLANCE: readonly Shot[] = [{ pose: 'straight', frames: 3 }];
const PORTRAITS: readonly Shot[] = [
  { pose: 'straight', frames: 1 },
  { pose: 'left', frames: 1 },
];

const frame = (name: string) => new Blob([name]);
const good = (atMs: number, name = 'g'): CaptureEvent => ({
  type: 'seen',
  guidance: 'good',
  atMs,
  frame: frame(name),
});
const bad = (atMs: number): CaptureEvent => ({ type: 'seen', guidance: 'too_far', atMs });

function run(
  shots: readonly Shot[],
  events: readonly CaptureEvent[],
  from: CaptureState = ASKING,
): CaptureState {
  return events.reduce(captureReducer(shots), from);
}

const OPEN: readonly CaptureEvent[] = [{ type: 'wanted' }, { type: 'opened', atMs: 0 }];

describe('the capture', () => {
  it('does nothing until the person wants it', () => {
    expect(run(GLANCE, [good(1), { type: 'pressed' }, { type: 'opened', atMs: 0 }])).toBe(ASKING);
  });

  it('finishes by itself after three good frames in a row', () => {
    const state = run(GLANCE, [...OPEN, good(1), good(2), good(3)]);
    expect(state).toMatchObject({ step: 'finished' });
    expect(state.step === 'finished' && state.frames).toHaveLength(3);
  });

  it('starts counting again after a frame that was not good', () => {
    const state = run(GLANCE, [...OPEN, good(1), good(2), bad(3), good(4), good(5)]);
    expect(state).toMatchObject({ step: 'guiding', guidance: 'good' });
    expect(state.step === 'guiding' && state.run).toHaveLength(GOOD_IN_A_ROW - 1);
  });

  it('takes what it gets once the button is pressed', () => {
    const pressed = run(GLANCE, [...OPEN, bad(1), { type: 'pressed' }]);
    expect(pressed.step).toBe('taking');
    const taken: CaptureEvent = { type: 'taken', frame: frame('t'), atMs: 5 };
    expect(run(GLANCE, [taken, taken], pressed).step).toBe('taking');
    expect(run(GLANCE, [taken, taken, taken], pressed).step).toBe('finished');
  });

  it('keeps the latest frame of each shot and goes on to the next', () => {
    const state = run(PORTRAITS, [...OPEN, good(1, 'a'), good(2, 'b'), good(3, 'c')]);
    expect(state).toMatchObject({ step: 'guiding', progress: { shot: 1 } });
  });

  it('lets a moment pass between two shots', () => {
    const first = run(PORTRAITS, [...OPEN, good(1), good(2), good(3)]);
    const soon = run(PORTRAITS, [good(10), good(20), good(30)], first);
    expect(soon).toMatchObject({ step: 'guiding', run: [] });
    const later = 3 + BETWEEN_SHOTS_MS;
    expect(run(PORTRAITS, [good(later), good(later + 1), good(later + 2)], soon).step).toBe(
      'finished',
    );
  });

  it('lets go of the camera while hidden and keeps the shots it has', () => {
    const first = run(PORTRAITS, [...OPEN, good(1), good(2), good(3)]);
    const hidden = run(PORTRAITS, [{ type: 'hidden' }], first);
    expect(hidden).toMatchObject({ step: 'paused', progress: { shot: 1 } });
    expect(run(PORTRAITS, [{ type: 'shown' }], hidden)).toMatchObject({
      step: 'opening',
      progress: { shot: 1 },
    });
  });

  it('does not open the camera when a page is shown that never had it', () => {
    expect(run(GLANCE, [{ type: 'hidden' }, { type: 'shown' }])).toBe(ASKING);
  });

  it('never starts over once it is finished', () => {
    const finished = run(GLANCE, [...OPEN, good(1), good(2), good(3)]);
    const events: CaptureEvent[] = [
      { type: 'wanted' },
      { type: 'opened', atMs: 9 },
      { type: 'pressed' },
      { type: 'hidden' },
      { type: 'shown' },
      { type: 'failed', failure: 'busy' },
      { type: 'uploaded', frame: frame('u') },
      good(10),
    ];
    for (const event of events) expect(run(GLANCE, [event], finished)).toBe(finished);
  });

  it('can be tried again after a failure, from the shot it had come to', () => {
    const first = run(PORTRAITS, [...OPEN, good(1), good(2), good(3)]);
    const failed = run(PORTRAITS, [{ type: 'failed', failure: 'unplugged' }], first);
    expect(failed).toMatchObject({ step: 'failed', failure: 'unplugged' });
    expect(run(PORTRAITS, [{ type: 'wanted' }], failed)).toMatchObject({
      step: 'opening',
      progress: { shot: 1 },
    });
  });

  it('takes a picture file in place of everything else', () => {
    const state = run(PORTRAITS, [{ type: 'uploaded', frame: frame('u') }]);
    expect(state.step === 'finished' && state.frames).toHaveLength(1);
  });
});
