import { describe, expect, it } from 'vitest';
import type { Performance } from './live-flow';
import { NO_MOVEMENT } from './movement';
import { pickFrames } from './pick-frames';

const LEFT = {
  n: 1,
  type: 'turn',
  direction: 'left',
  min_frames: 5,
  max_frames: 24,
  max_ms: 8000,
} as const;
const CENTRE = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 } as const;
const SHOWN_MS = 1000;

/** Frames every 95 ms, from before the step was shown. */
const FILM = Array.from({ length: 30 }, (_, i) => ({
  atMs: 900 + i * 95,
  jpeg: Promise.resolve(new Blob([String(i)])),
  trace: null,
}));

function performance(change: Partial<Performance>): Performance {
  return {
    step: LEFT,
    sinceMs: SHOWN_MS,
    elapsedMs: 0,
    frames: 0,
    code: null,
    repeated: false,
    hint: null,
    movement: NO_MOVEMENT,
    backSinceMs: null,
    done: 1,
    baseline: { yawDeg: 0, pitchDeg: 0 },
    poses: FILM.map(({ atMs }, i) => ({
      atMs,
      yawDeg: 28 * Math.max(0, Math.sin(((i - 4) / 20) * Math.PI)),
      pitchDeg: 0,
    })),
    ...change,
  };
}

async function picked(change: Partial<Performance>) {
  const times = (await pickFrames(FILM, performance(change))).map(({ tMs }) => tMs);
  return { times, gaps: times.slice(1).map((tMs, i) => tMs - times[i]!) };
}

describe('the frames that are sent', () => {
  it('are from after the step was shown, in order', async () => {
    const { times, gaps } = await picked({});
    expect(times.length).toBeGreaterThanOrEqual(8);
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(400);
  });

  it('leave out what could not be encoded', async () => {
    const spoilt = FILM.map((frame, i) =>
      i % 2 ? frame : { ...frame, jpeg: Promise.resolve(null) },
    );
    const frames = await pickFrames(spoilt, performance({}));
    const whole = await Promise.all(spoilt.map(({ jpeg }) => jpeg));
    expect(frames.every(({ jpeg }) => whole.includes(jpeg))).toBe(true);
    expect(frames.length).toBeGreaterThan(5);
  });

  it('are more where a turn is slow, and no more than the step takes', async () => {
    const quick = await pickFrames(FILM, performance({}));
    const slow = performance({});
    const poses = slowly(slow.poses);
    const frames = await pickFrames(slowly(FILM), { ...slow, poses });
    expect(frames.length).toBeGreaterThan(quick.length);
    expect(frames.length).toBeLessThanOrEqual(24);
    const few = { ...slow, poses, step: { ...LEFT, max_frames: 9 } };
    expect(await pickFrames(slowly(FILM), few)).toHaveLength(9);
  });

  it('weigh less than two megabytes together, however large each is', async () => {
    const large = Promise.resolve(new Blob([new Uint8Array(98_000)]));
    const film = slowly(FILM, 3).map((frame) => ({ ...frame, jpeg: large }));
    const slow = performance({});
    const frames = await pickFrames(film, { ...slow, poses: slowly(slow.poses, 3) });
    expect(frames.reduce((sum, { jpeg }) => sum + jpeg.size, 0)).toBeLessThanOrEqual(2_000_000);
    expect(frames.length).toBeGreaterThanOrEqual(16);
  });

  it('by the clock alone are close enough together', async () => {
    const { times, gaps } = await picked({ baseline: null, poses: [] });
    expect(times.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(400);
  });

  it('without a pose are those in which the picture changes', async () => {
    const film = FILM.map((frame, i) => ({
      ...frame,
      trace: new Uint8ClampedArray(12).fill(100 + 40 * Math.max(0, 1 - Math.abs(i - 10) / 5)),
    }));
    const unguided = performance({ baseline: null, poses: [] });
    const times = (await pickFrames(film, unguided)).map(({ tMs }) => tMs);
    expect(times[0]).toBe(375);
    expect(times).toContain(850);
    expect(times.at(-1)).toBe(1325);
  });

  it('of looking straight are five of its last moments', async () => {
    const { times } = await picked({ step: CENTRE, done: 0, baseline: null });
    expect(times).toHaveLength(5);
    expect(times.at(-1)! - times[0]!).toBeLessThanOrEqual(600);
  });
});

it('the frames of looking straight are enough even where few were taken in time', async () => {
  const few = FILM.filter((_frame, i) => i % 4 === 0);
  const straight = performance({ step: CENTRE, done: 0, baseline: null });
  expect(await pickFrames(few, straight)).toHaveLength(5);
});

function slowly<Timed extends { readonly atMs: number }>(
  timed: readonly Timed[],
  times = 2,
): Timed[] {
  return timed.map((one) => ({ ...one, atMs: SHOWN_MS + (one.atMs - SHOWN_MS) * times }));
}
