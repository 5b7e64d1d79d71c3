import type { Turned } from './choose-frames';

/** A picture in a few grey cells: enough to see that something moved, not what. */
export const TRACE = { width: 32, height: 24 } as const;
export type Trace = Uint8ClampedArray;

/** The most change counts as a turn of so many degrees; see `chooseTurn`. */
const FARTHEST_DEG = 27;
/** Change that is no larger than this, in grey levels, is noise. */
const LEAST_CHANGE = 3;

/** Nobody moves sooner after a step is shown. */
export const REACTION_MS = 250;
/** A picture that has not changed further for so long shows a head that has arrived. */
const ARRIVED_MS = 500;
/** Change by less than this part more is no further change. */
const FURTHER = 1.08;
/** A head is back when at most this part of the change is left. */
const BACK_SHARE = 0.35;

/** How the picture of a step has changed so far, grey levels, against the one before it began. */
export interface Movement {
  readonly still: Trace | null;
  readonly most: number;
  readonly mostAtMs: number;
  readonly now: number;
}

export const NO_MOVEMENT: Movement = { still: null, most: 0, mostAtMs: 0, now: 0 };

/** Return the movement with the picture of one more moment. */
export function moved(before: Movement, trace: Trace | null, elapsedMs: number): Movement {
  if (!trace) return before;
  if (!before.still || elapsedMs <= REACTION_MS) return { ...before, still: trace };
  const now = changeBetween(before.still, trace);
  return now > Math.max(LEAST_CHANGE, before.most * FURTHER)
    ? { ...before, now, most: now, mostAtMs: elapsedMs }
    : { ...before, now };
}

/** Whether a head seems to have arrived at the far side. */
export function hasArrived({ most, mostAtMs }: Movement, elapsedMs: number): boolean {
  return most > 0 && elapsedMs - mostAtMs >= ARRIVED_MS;
}

/** Whether the picture is about as it was; null where it never changed. */
export function isBack({ most, now }: Movement): boolean | null {
  return most > 0 ? now <= Math.max(LEAST_CHANGE, BACK_SHARE * most) : null;
}

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
