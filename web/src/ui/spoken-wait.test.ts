import { describe, expect, it } from 'vitest';
import { spokenWait } from './spoken-wait';

describe('spokenWait', () => {
  it.each([
    [45, 45, 45],
    [44, 45, 45],
    [31, 45, 45],
    [30, 45, 30],
    [11, 45, 30],
    [10, 45, 10],
    [1, 45, 10],
    [0, 45, 0],
    [3600, 3600, 3600],
    [1801, 3600, 3600],
    [1800, 3600, 1800],
    [30, 30, 30],
  ])('with %i s left of %i s the last that was said is %i s', (leftS, waitS, expected) => {
    expect(spokenWait(leftS, waitS)).toBe(expected);
  });

  it('speaks a handful of times during an hour, not every second', () => {
    const said = Array.from({ length: 3601 }, (_, left) => spokenWait(left, 3600));
    expect(new Set(said).size).toBe(9);
  });
});
