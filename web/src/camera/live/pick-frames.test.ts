import { describe, expect, it } from 'vitest';
import type { Performance } from './live-flow';
import { pickFrames } from './pick-frames';

const LEFT = { n: 1, type: 'turn', direction: 'left', min_frames: 6, max_ms: 5000 } as const;
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

async function picked(change: Partial<Performance>, sent = 5) {
  const times = (await pickFrames(FILM, performance(change), sent)).map(({ tMs }) => tMs);
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
    const frames = await pickFrames(spoilt, performance({}), 5);
    const whole = await Promise.all(spoilt.map(({ jpeg }) => jpeg));
    expect(frames.every(({ jpeg }) => whole.includes(jpeg))).toBe(true);
    expect(frames.length).toBeGreaterThan(5);
  });

  it('of all steps together are never too many, whichever turn is done once more', async () => {
    for (const again of [1, 2, 3]) {
      let sent = 5;
      let repeated = false;
      for (const done of [1, 2, 3]) {
        for (let round = 0; round < (done === again ? 2 : 1); round += 1) {
          repeated ||= round === 1;
          const slow = performance({ done, repeated });
          sent += (await pickFrames(slowly(FILM), { ...slow, poses: slowly(slow.poses) }, sent))
            .length;
        }
      }
      expect(sent).toBeLessThanOrEqual(40);
    }
  });

  it('by the clock alone are close enough together', async () => {
    const { times, gaps } = await picked({ baseline: null, poses: [] });
    expect(times).toHaveLength(9);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(400);
  });

  it('without a pose are those in which the picture changes', async () => {
    const film = FILM.map((frame, i) => ({
      ...frame,
      trace: new Uint8ClampedArray(12).fill(100 + 40 * Math.max(0, 1 - Math.abs(i - 10) / 5)),
    }));
    const unguided = performance({ baseline: null, poses: [] });
    const times = (await pickFrames(film, unguided, 5)).map(({ tMs }) => tMs);
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
  expect(await pickFrames(few, straight, 0)).toHaveLength(5);
});

function slowly<Timed extends { readonly atMs: number }>(timed: readonly Timed[]): Timed[] {
  return timed.map((one) => ({ ...one, atMs: SHOWN_MS + (one.atMs - SHOWN_MS) * 2 }));
}
