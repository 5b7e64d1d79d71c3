import { chooseEvenly, chooseOfSlots, chooseTurn, FRAMES } from './choose-frames';
import type { FilmedFrame } from './film';
import type { Performance } from './live-flow';
import { turnedByMovement, type Trace } from './movement';
import type { StepFrame } from './step';
import { towards } from './turn';

/** All frames of a challenge together, and its turns. */
const OF_CHALLENGE = 40;
const TURNS = 3;
/** Looking straight: the last of it, in so many frames. */
const CENTRE_SPAN_MS = 600;
const CENTRE_FRAMES = 5;
const LEAST_FRAMES = 4;
/** Nobody moves sooner. */
const REACTION_MS = 250;
/** Where nothing says when a head turns: so many that the gaps do not get too large. */
const UNGUIDED_FRAMES = 9;

type Taken = StepFrame & { readonly trace: Trace | null };

/** Return the frames of a step that are sent, of all that were taken; `sent` are those before it. */
export async function pickFrames(
  film: readonly FilmedFrame[],
  performance: Performance,
  sent: number,
): Promise<readonly StepFrame[]> {
  const taken = await encoded(film, performance.sinceMs);
  return choose(taken, performance, sent).map((i) => taken[i]!);
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

function choose(
  taken: readonly Taken[],
  performance: Performance,
  sent: number,
): readonly number[] {
  const { step, sinceMs, poses, baseline } = performance;
  const { direction } = step;
  const times = taken.map(({ tMs }) => tMs);
  if (step.type === 'flash') {
    return chooseOfSlots(times, step.colours?.length ?? 0, step.slot_ms ?? 0);
  }
  if (!direction) {
    const count = poses.length > 0 ? CENTRE_FRAMES : LEAST_FRAMES;
    return evenlyFrom(
      times,
      Math.min((times.at(-1) ?? 0) - CENTRE_SPAN_MS, times.at(-count) ?? 0),
      count,
    );
  }
  const seen = baseline
    ? poses.map((pose) => ({
        tMs: pose.atMs - sinceMs,
        deg: towards(pose, baseline, direction),
      }))
    : turnedByMovement(taken, REACTION_MS);
  if (seen.length === 0) return evenlyFrom(times, REACTION_MS, UNGUIDED_FRAMES);
  return chooseTurn(times, seen, room(performance, sent));
}

/** How many frames of this turn leave enough for those that may follow. */
function room({ step, done, repeated }: Performance, sent: number): number {
  const mayFollow = Math.max(0, TURNS - done) + (repeated ? 0 : 1);
  const left = OF_CHALLENGE - sent - mayFollow * FRAMES.usual;
  return Math.max(step.min_frames, Math.min(FRAMES.most, left));
}

function evenlyFrom(times: readonly number[], fromMs: number, count: number): readonly number[] {
  const first = Math.max(
    0,
    times.findIndex((tMs) => tMs >= fromMs),
  );
  return chooseEvenly(times.slice(first), count).map((i) => first + i);
}
