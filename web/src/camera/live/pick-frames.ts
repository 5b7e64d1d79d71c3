import { chooseEvenly, chooseOfSlots, chooseTurn, FRAMES } from './choose-frames';
import type { FilmedFrame } from './film';
import type { Performance } from './live-flow';
import { REACTION_MS, turnedByMovement, type Trace } from './movement';
import type { Step, StepFrame } from './step';
import { towards } from './turn';

/** How many frames a step takes where it does not say so. */
const MOST_FRAMES = 10;
/** What the frames of a step may weigh together. */
const MOST_BYTES = 1_900_000;
/** Looking straight: the last of it, in so many frames. */
const CENTRE_SPAN_MS = 600;
const CENTRE_FRAMES = 5;
const LEAST_FRAMES = 4;
type Taken = StepFrame & { readonly trace: Trace | null };

/** Return the frames of a step that are sent, of all that were taken. */
export async function pickFrames(
  film: readonly FilmedFrame[],
  performance: Performance,
): Promise<readonly StepFrame[]> {
  const taken = await encoded(film, performance.sinceMs);
  return choose(taken, performance).map((i) => taken[i]!);
}

async function encoded(film: readonly FilmedFrame[], sinceMs: number): Promise<Taken[]> {
  const all = await Promise.all(
    film
      .filter(({ atMs }) => atMs >= sinceMs)
      .map(async ({ atMs, jpeg, trace }) => ({
        tMs: Math.round(atMs - sinceMs),
        jpeg: await jpeg,
        trace,
      })),
  );
  return all.filter((frame): frame is Taken => frame.jpeg !== null);
}

function choose(taken: readonly Taken[], performance: Performance): readonly number[] {
  const { step, sinceMs, poses, baseline } = performance;
  const { direction } = step;
  const times = taken.map(({ tMs }) => tMs);
  const count = { least: step.min_frames, most: room(taken, step) };
  if (step.type === 'flash') {
    return chooseOfSlots(times, step.colours?.length ?? 0, step.slot_ms ?? 0);
  }
  if (!direction) return chooseStraight(times, poses.length > 0 ? CENTRE_FRAMES : LEAST_FRAMES);
  const seen = baseline
    ? poses.map((pose) => ({ tMs: pose.atMs - sinceMs, deg: towards(pose, baseline, direction) }))
    : turnedByMovement(taken, REACTION_MS);
  if (seen.length > 0) return chooseTurn(times, seen, count);
  const usual = Math.ceil(((times.at(-1) ?? 0) - REACTION_MS) / FRAMES.mostGapMs) + 1;
  return evenlyFrom(times, REACTION_MS, Math.min(count.most, Math.max(FRAMES.usual, usual)));
}

/** The last moments of looking straight. */
function chooseStraight(times: readonly number[], count: number): readonly number[] {
  const fromMs = Math.min((times.at(-1) ?? 0) - CENTRE_SPAN_MS, times.at(-count) ?? 0);
  return evenlyFrom(times, fromMs, count);
}

/** How many frames a step takes, and a line carries. */
function room(taken: readonly Taken[], step: Step): number {
  const bytes = taken.reduce((sum, { jpeg }) => sum + jpeg.size, 0);
  const carried = bytes > 0 ? Math.floor((MOST_BYTES * taken.length) / bytes) : Infinity;
  return Math.max(step.min_frames, Math.min(step.max_frames ?? MOST_FRAMES, carried));
}

function evenlyFrom(times: readonly number[], fromMs: number, count: number): readonly number[] {
  const first = Math.max(
    0,
    times.findIndex((tMs) => tMs >= fromMs),
  );
  return chooseEvenly(times.slice(first), count).map((i) => first + i);
}
