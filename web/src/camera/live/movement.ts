import type { Turned } from './choose-frames';

/** A picture in a few grey cells: enough to see that something moved, not what. */
export const TRACE = { width: 32, height: 24 } as const;
export type Trace = Uint8ClampedArray;

/** The most change counts as a turn of so many degrees; see `chooseTurn`. */
const FARTHEST_DEG = 27;
/** Change that is no larger than this, in grey levels, is noise. */
const LEAST_CHANGE = 3;

interface Traced {
  readonly tMs: number;
  readonly trace: Trace | null;
}

/**
 * Say of each frame how far a head seems to be turned, by how much the picture differs from the one
 * at `stillMs`, before anybody can have moved. Nothing where nothing moved, or traces are missing.
 */
export function turnedByMovement(frames: readonly Traced[], stillMs: number): readonly Turned[] {
  const before = frames.filter(({ tMs }) => tMs <= stillMs);
  const first = (before.at(-1) ?? frames[0])?.trace;
  if (!first) return [];
  const changes = frames.flatMap(({ tMs, trace }) =>
    trace ? [{ tMs, change: changeBetween(first, trace) }] : [],
  );
  const noise = Math.max(0, ...changes.slice(0, before.length - 1).map(({ change }) => change));
  const most = Math.max(0, ...changes.map(({ change }) => change)) - noise;
  if (most < LEAST_CHANGE) return [];
  return changes.map(({ tMs, change }) => ({
    tMs,
    deg: (FARTHEST_DEG * Math.max(0, change - noise)) / most,
  }));
}

/** Return the mean difference of two traces, grey levels. */
function changeBetween(one: Trace, other: Trace): number {
  return one.reduce((sum, grey, at) => sum + Math.abs(grey - other[at]!), 0) / one.length;
}
