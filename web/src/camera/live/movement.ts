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
/** A picture that stays so long within that share of the most change shows a head at rest. */
const SETTLED = { share: 0.06, leastGrey: 1, farMs: 600, backMs: 250 } as const;
/** At rest a head is at the far side, or back, where this part of the most change is left. */
const FAR_SHARE = 0.75;
const BACK_SHARE = 0.35;

/** How the picture of a step has changed so far, grey levels, against the one before it began. */
export interface Movement {
  readonly still: Trace | null;
  readonly most: number;
  readonly now: number;
  /** The change that the picture has stayed at, and since when, milliseconds into the step. */
  readonly settled: number;
  readonly settledAtMs: number;
}

export const NO_MOVEMENT: Movement = { still: null, most: 0, now: 0, settled: 0, settledAtMs: 0 };

/** Return the movement with the picture of one more moment. */
export function moved(before: Movement, trace: Trace | null, elapsedMs: number): Movement {
  if (!trace) return before;
  if (!before.still || elapsedMs <= REACTION_MS) return { ...before, still: trace };
  const now = changeBetween(before.still, trace);
  const most = now >= LEAST_CHANGE ? Math.max(before.most, now) : before.most;
  const moves = Math.abs(now - before.settled) > Math.max(SETTLED.leastGrey, SETTLED.share * most);
  return moves
    ? { ...before, now, most, settled: now, settledAtMs: elapsedMs }
    : { ...before, now, most };
}

/** Whether a head seems to rest at the far side. */
export function hasArrived({ most, now, settledAtMs }: Movement, elapsedMs: number): boolean {
  return most > 0 && now >= FAR_SHARE * most && elapsedMs - settledAtMs >= SETTLED.farMs;
}

/** Whether the picture is about as it was, and stays so; null where it never changed. */
export function isBack({ most, now, settledAtMs }: Movement, elapsedMs: number): boolean | null {
  if (most === 0) return null;
  return (
    now <= Math.max(LEAST_CHANGE, BACK_SHARE * most) && elapsedMs - settledAtMs >= SETTLED.backMs
  );
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
