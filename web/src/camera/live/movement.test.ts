import { describe, expect, it } from 'vitest';
import { turnedByMovement } from './movement';

const STILL_MS = 250;

/** Frames every 100 ms in which so much of the picture has changed. */
function film(changes: readonly number[]) {
  return changes.map((change, i) => ({
    tMs: i * 100,
    trace: new Uint8ClampedArray(12).fill(100 + change),
  }));
}

describe('how far a head seems to be turned', () => {
  it('is nothing while the picture stays, most where it differs most, and nothing again', () => {
    const turned = turnedByMovement(film([1, 0, 1, 10, 30, 41, 20, 1]), STILL_MS);
    const degrees = turned.map(({ deg }) => Math.round(deg));
    expect(degrees.slice(0, 3)).toEqual([0, 0, 0]);
    expect(degrees[5]).toBe(27);
    expect(degrees[4]).toBeGreaterThan(degrees[3]!);
    expect(degrees.at(-1)).toBe(0);
    expect(turned.map(({ tMs }) => tMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
  });

  it('is not known where only noise changes', () => {
    expect(turnedByMovement(film([0, 1, 0, 2, 1, 3, 1]), STILL_MS)).toEqual([]);
  });

  it('is not known without frames or traces', () => {
    expect(turnedByMovement([], STILL_MS)).toEqual([]);
    expect(turnedByMovement([{ tMs: 0, trace: null }], STILL_MS)).toEqual([]);
  });
});
