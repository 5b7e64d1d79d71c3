import { chooseEvenly, chooseOfSlots, chooseTurn, FRAMES } from './choose-frames';
import type { FilmedFrame } from './film';
import type { Performance } from './live-flow';
import type { StepFrame } from './step';
import { towards } from './turn';

/** All frames of a challenge together, and its turns. */
const OF_CHALLENGE = 40;
const TURNS = 3;
/** Looking straight: the last of it, in so many frames. */
const CENTRE_SPAN_MS = 600;
const CENTRE_FRAMES = 5;
const LEAST_FRAMES = 4;
/** By the clock alone: nobody moves sooner, and the gaps may not get too large. */
const REACTION_MS = 250;
const UNGUIDED_FRAMES = 9;

/** Return the frames of a step that are sent, of all that were taken; `sent` are those before it. */
export async function pickFrames(
  film: readonly FilmedFrame[],
  performance: Performance,
  sent: number,
): Promise<readonly StepFrame[]> {
  const taken = await encoded(film, performance.sinceMs);
  const times = taken.map(({ tMs }) => tMs);
  return choose(times, performance, sent).map((i) => taken[i]!);
}

async function encoded(film: readonly FilmedFrame[], sinceMs: number): Promise<StepFrame[]> {
  const all = await Promise.all(
    film
      .filter(({ atMs }) => atMs >= sinceMs)
      .map(async ({ atMs, jpeg }) => ({ tMs: Math.round(atMs - sinceMs), jpeg: await jpeg })),
  );
  return all.filter((frame): frame is StepFrame => frame.jpeg !== null);
}

function choose(
  times: readonly number[],
  performance: Performance,
  sent: number,
): readonly number[] {
  const { step, sinceMs, poses, baseline } = performance;
  const { direction } = step;
  if (step.type === 'flash') {
    return chooseOfSlots(times, step.colours?.length ?? 0, step.slot_ms ?? 0);
  }
  if (!direction) {
    const count = poses.length > 0 ? CENTRE_FRAMES : LEAST_FRAMES;
    return evenlyFrom(times, (times.at(-1) ?? 0) - CENTRE_SPAN_MS, count);
  }
  if (!baseline) return evenlyFrom(times, REACTION_MS, UNGUIDED_FRAMES);
  const seen = poses.map((pose) => ({
    tMs: pose.atMs - sinceMs,
    deg: towards(pose, baseline, direction),
  }));
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
