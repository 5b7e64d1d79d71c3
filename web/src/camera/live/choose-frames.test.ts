import { describe, expect, it } from 'vitest';
import { chooseEvenly, chooseOfSlots, chooseTurn, FRAMES } from './choose-frames';

/** Frames every 100 ms, and the head's angle in each. */
function film(degrees: readonly number[], gapMs = 100) {
  const times = degrees.map((_deg, i) => i * gapMs);
  return { times, seen: degrees.map((deg, i) => ({ tMs: i * gapMs, deg })) };
}

const TURN = [0, 0, 0, 1, 5, 12, 19, 25, 27, 27, 26, 20, 13, 6, 2, 0, 0];

const MOST = 24;

/** How long a gap the server takes in which the head moves so far. */
function mostGapMs(oneDeg: number, otherDeg: number): number {
  const movedDeg = Math.abs(oneDeg - otherDeg);
  if (movedDeg <= 4) return 2000;
  return movedDeg <= 10 ? 1000 : 400;
}

function chosen(degrees: readonly number[], most: number = MOST, gapMs = 100) {
  const { times, seen } = film(degrees, gapMs);
  const frames = chooseTurn(times, seen, { least: 5, most });
  return {
    frames,
    degrees: frames.map((i) => degrees[i]!),
    gaps: frames.slice(1).map((i, k) => times[i]! - times[frames[k]!]!),
  };
}

describe('the frames of a turn', () => {
  it('begin with the last straight one and end with the first straight one', () => {
    const { frames } = chosen(TURN);
    expect(frames[0]).toBe(4);
    expect(frames.at(-1)).toBe(14);
  });

  it('are in order and no more than may be, with three at the farthest and some on both ways', () => {
    const { frames, degrees } = chosen(TURN);
    expect(frames.length).toBeGreaterThanOrEqual(FRAMES.usual);
    expect(frames.length).toBeLessThanOrEqual(10);
    expect([...frames].sort((a, b) => a - b)).toEqual(frames);
    expect(degrees.filter((deg) => deg >= 0.85 * 27).length).toBeGreaterThanOrEqual(3);
    expect(degrees.filter((deg) => deg > 5 && deg < 20).length).toBeGreaterThanOrEqual(2);
  });

  it('are no farther apart than the server takes, even in a slow turn', () => {
    const slow = TURN.flatMap((deg) => [deg, deg]);
    const { gaps, frames } = chosen(slow);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(400);
    expect(frames.length).toBeLessThanOrEqual(12);
  });

  it('are no farther apart in angle than they can be followed, where there are others', () => {
    const quick = [0, 0, 4, 8, 12, 16, 20, 24, 27, 27, 27, 20, 12, 4, 0, 0];
    const { degrees } = chosen(quick);
    const steps = degrees.slice(1).map((deg, i) => Math.abs(deg - degrees[i]!));
    expect(Math.max(...steps)).toBeLessThanOrEqual(FRAMES.mostGapDeg);
  });

  it('leave no time between them that the server would refuse, however few there may be', () => {
    const back = [26, 25, 24, 22, 21, 20, 19, 17, 16, 15, 13, 11, 10, 8, 6, 4, 0];
    for (const out of [
      [0, 3, 11, 14, 21, 25, 27],
      [0, 13, 7, 19, 16, 24, 27],
      [0, 1, 2, 4, 8, 16, 27],
    ]) {
      const { gaps, degrees } = chosen([...out, ...back], 8, 90);
      gaps.forEach((gap, k) => {
        expect(gap).toBeLessThanOrEqual(mostGapMs(degrees[k]!, degrees[k + 1]!));
      });
      expect(degrees.filter((deg) => deg >= 18).length).toBeGreaterThanOrEqual(2);
    }
  });

  it('are never closer together than a camera can be', () => {
    const { gaps } = chosen(TURN, MOST, 33);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(FRAMES.leastGapMs);
  });

  it('are no more than there is room for', () => {
    expect(chosen(TURN.flatMap((deg) => [deg, deg])).frames.length).toBeGreaterThan(7);
    expect(chosen(TURN, 7).frames).toHaveLength(7);
  });

  it('take angles between two looks from both', () => {
    const { times } = film(TURN);
    const looks = [0, 4, 8, 12, 16].map((i) => ({ tMs: times[i]!, deg: TURN[i]! }));
    const frames = chooseTurn(times, looks, { least: 5, most: MOST });
    expect(TURN[frames[0]!]).toBeLessThanOrEqual(5);
    expect(TURN[frames.at(-1)!]).toBeLessThanOrEqual(6);
    expect(frames).toContain(8);
  });

  it('are taken from beside a turn that has too few', () => {
    const { frames } = chosen([0, 0, 0, 27, 27, 0, 0, 0], MOST, 100);
    expect(frames.length).toBeGreaterThanOrEqual(5);
    expect(frames).toContain(3);
  });

  it('are one where there is one', () => {
    expect(chosen([27]).frames).toEqual([0]);
  });

  it('are spread over the whole step where nothing was measured', () => {
    const { times } = film(TURN);
    expect(chooseTurn(times, [], { least: 5, most: 5 })).toEqual([0, 4, 8, 12, 16]);
  });
});

it('frames are chosen evenly in time, not by number', () => {
  expect(chooseEvenly([0, 10, 20, 30, 200, 400], 3)).toEqual([0, 4, 5]);
  expect(chooseEvenly([0], 3)).toEqual([0]);
  expect(chooseEvenly([], 3)).toEqual([]);
});

it('one frame is chosen for each slot of a flash, when its light has settled', () => {
  const times = Array.from({ length: 20 }, (_, i) => i * 100);
  expect(chooseOfSlots(times, 4, 500)).toEqual([4, 9, 14, 19]);
  expect(chooseOfSlots([50, 450, 1450], 3, 500)).toEqual([1, 2]);
});

/** A turn at this pace: 1 is two seconds there and back, and a hold of some time at the far side. */
function degAt(tMs: number, { pace, holdMs }: { pace: number; holdMs: number }): number {
  const [startMs, riseMs] = [300, 800 / pace];
  const marks = [startMs, startMs + riseMs, startMs + riseMs + holdMs];
  if (tMs <= marks[0]!) return 0;
  const way =
    tMs < marks[1]!
      ? (tMs - marks[0]!) / riseMs
      : tMs < marks[2]!
        ? 1
        : Math.max(0, 1 - (tMs - marks[2]!) / riseMs);
  return 27 * way * way * (3 - 2 * way);
}

const PACES = [0.3, 0.4, 0.6, 1, 1.5];
const HOLDS_MS = [0, 500, 1000, 2000];
const CAMERAS = [
  { fps: 5, keptOf: () => true },
  { fps: 10, keptOf: () => true },
  { fps: 15, keptOf: () => true },
  { fps: 30, keptOf: () => true },
  { fps: 15, keptOf: (i: number) => i % 7 !== 3 && i % 5 !== 1 },
  { fps: 30, keptOf: (i: number) => i % 3 === 0 },
];

/** Every turn of people that lasts no longer than a step, before every camera. */
const TURNS = PACES.flatMap((pace) =>
  HOLDS_MS.flatMap((holdMs) => CAMERAS.map((camera) => ({ pace, holdMs, ...camera }))),
).filter(({ pace, holdMs }) => 300 + 1600 / pace + holdMs <= 8000);

describe.each(TURNS)('a turn at pace $pace, held for $holdMs ms, at $fps a second', (turn) => {
  const endMs = Math.min(8000, 300 + 1600 / turn.pace + turn.holdMs + 300);
  const frameMs = Math.max(85, 1000 / turn.fps);
  const timesMs = Array.from({ length: Math.floor(endMs / frameMs) }, (_, i) => i * frameMs).filter(
    (_tMs, i) => turn.keptOf(i),
  );
  // The looks of a slow phone: every fifth of a second.
  const seen = Array.from({ length: Math.ceil(endMs / 200) + 1 }, (_, i) => ({
    tMs: i * 200,
    deg: degAt(i * 200, turn),
  }));
  const frames = chooseTurn(timesMs, seen, { least: 5, most: MOST });
  const gaps = frames.slice(1).map((i, k) => timesMs[i]! - timesMs[frames[k]!]!);
  const degrees = frames.map((i) => degAt(timesMs[i]!, turn));

  it('is sent in as many frames as it takes, with no gap that is refused', () => {
    expect(frames.length).toBeGreaterThanOrEqual(5);
    expect(frames.length).toBeLessThanOrEqual(MOST);
    gaps.forEach((gap, k) => {
      expect(gap).toBeLessThanOrEqual(mostGapMs(degrees[k]!, degrees[k + 1]!));
    });
    if (turn.holdMs < 2000) expect(Math.max(...gaps)).toBeLessThanOrEqual(400);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(FRAMES.leastGapMs);
  });

  it('is seen straight, far out and on its way', () => {
    expect(degrees[0]).toBeLessThanOrEqual(8);
    expect(degrees.at(-1)).toBeLessThanOrEqual(8);
    expect(degrees.filter((deg) => deg >= 18).length).toBeGreaterThanOrEqual(2);
    expect(degrees.filter((deg) => deg >= 3.6 && deg < 18).length).toBeGreaterThanOrEqual(1);
  });
});

it('what is longer than frames can show has its long gaps where the head is calm', () => {
  const turn = { pace: 0.4, holdMs: 14_000 };
  const timesMs = Array.from({ length: 180 }, (_, i) => i * 100);
  const seen = timesMs.map((tMs) => ({ tMs, deg: degAt(tMs, turn) }));
  const frames = chooseTurn(timesMs, seen, { least: 5, most: MOST });
  const gaps = frames.slice(1).map((i, k) => {
    const [from, to] = [seen[frames[k]!]!, seen[i]!];
    return { ms: to.tMs - from.tMs, most: mostGapMs(from.deg, to.deg) };
  });
  expect(frames.length).toBeLessThanOrEqual(MOST);
  expect(gaps.some(({ ms }) => ms > 400)).toBe(true);
  expect(gaps.every(({ ms, most }) => ms <= most)).toBe(true);
});
