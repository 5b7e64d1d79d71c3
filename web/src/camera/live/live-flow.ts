import type { CameraFailure } from '../camera-failure';
import type { Hint } from '../hint';
import type { SeenFace } from '../view';
import type { Answer, OwnEnd, Step } from './step';
import { mayPass, medianPose, turning, type Pose, type TimedPose, type Turning } from './turn';

/** What is known of the step that is being performed. */
export interface Performance {
  readonly step: Step;
  /** When it was shown, by the page's clock. */
  readonly sinceMs: number;
  readonly elapsedMs: number;
  /** How many frames there are of it. */
  readonly frames: number;
  /** Why it is asked for once more. */
  readonly code: string | null;
  /** The one turn that may be done once more has been. */
  readonly repeated: boolean;
  readonly poses: readonly TimedPose[];
  readonly hint: Hint | null;
  /** The pose of looking straight; null until it is known, or where nothing measures it. */
  readonly baseline: Pose | null;
  /** How many steps are behind it. */
  readonly done: number;
}

export type LiveState =
  | { readonly step: 'asking' }
  | { readonly step: 'opening' }
  | { readonly step: 'finding'; readonly hint: Hint | null; readonly good: number }
  | { readonly step: 'beginning' }
  | { readonly step: 'performing'; readonly performance: Performance }
  | { readonly step: 'checking'; readonly performance: Performance }
  | { readonly step: 'paused' }
  | { readonly step: 'failed'; readonly failure: CameraFailure }
  | { readonly step: 'passed' }
  /** `code` is null where a request was refused, which is told apart. */
  | { readonly step: 'ended'; readonly code: string | null };

/** The camera is on, or about to be. */
export type LiveOn = Extract<
  LiveState,
  { step: 'opening' | 'finding' | 'beginning' | 'performing' | 'checking' }
>;

export type LiveEvent =
  | { readonly type: 'wanted' }
  | { readonly type: 'opened' }
  | { readonly type: 'failed'; readonly failure: CameraFailure }
  | {
      readonly type: 'seen';
      readonly hint: Hint;
      readonly face: SeenFace | null;
      readonly atMs: number;
    }
  | { readonly type: 'pressed' }
  | { readonly type: 'shown_step'; readonly step: Step; readonly atMs: number }
  | { readonly type: 'filmed'; readonly atMs: number; readonly guided: boolean }
  | { readonly type: 'answered'; readonly answer: Answer; readonly atMs: number }
  | { readonly type: 'refused' }
  | { readonly type: 'hidden' }
  | { readonly type: 'shown' };

/** Good looks in a row before the capture begins by itself. */
export const GOOD_IN_A_ROW = 3;
/** How long looking straight lasts: the server takes no step that is shorter than 600 ms. */
export const CENTRE_MS = 680;
const CENTRE_FRAMES = 6;
/** Where nothing measures the pose, the arrow points there this long, and back until then. */
export const UNGUIDED = { centreMs: 1000, outMs: 1500, endMs: 2800 } as const;
/** How straight a person has to look at first, degrees. */
export const STRAIGHT_DEG = 12;

export const ASKING: LiveState = { step: 'asking' };

/** The reducer of a live capture. What doesn't fit the step changes nothing. */
export function liveReducer(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'wanted':
      return state.step === 'asking' || state.step === 'failed' ? { step: 'opening' } : state;
    case 'opened':
      return state.step === 'opening' ? { step: 'finding', hint: null, good: 0 } : state;
    case 'failed':
      return isOn(state) ? { step: 'failed', failure: event.failure } : state;
    case 'seen':
      return afterLook(state, event);
    case 'pressed':
      return state.step === 'finding' ? { step: 'beginning' } : state;
    case 'shown_step':
      return state.step === 'beginning'
        ? performing(event.step, event.atMs, {
            baseline: null,
            done: 0,
            code: null,
            repeated: false,
          })
        : state;
    case 'filmed':
      return state.step === 'performing' ? afterFrame(state.performance, event) : state;
    case 'answered':
      return state.step === 'checking' ? afterAnswer(state.performance, event) : state;
    case 'refused':
      return { step: 'ended', code: null };
    case 'hidden':
      return afterHiding(state);
    case 'shown':
      return state.step === 'paused' ? { step: 'opening' } : state;
  }
}

/** Whether the camera is on, or about to be. */
export function isOn(state: LiveState): state is LiveOn {
  return ['opening', 'finding', 'beginning', 'performing', 'checking'].includes(state.step);
}

/** How the turn goes that is asked for; null in any other step. */
export function turnOf(performance: Performance): Turning | null {
  const { step, baseline, poses, elapsedMs } = performance;
  if (step.direction === undefined) return null;
  if (baseline) return turning(poses, baseline, step.direction);
  const { outMs, endMs } = UNGUIDED;
  if (elapsedMs < outMs) return { phase: 'out', share: elapsedMs / outMs, astray: false };
  if (elapsedMs >= endMs) return { phase: 'done', share: 1, astray: false };
  return { phase: 'back', share: (elapsedMs - outMs) / (endMs - outMs), astray: false };
}

function afterLook(
  state: LiveState,
  { hint, face, atMs }: Extract<LiveEvent, { type: 'seen' }>,
): LiveState {
  if (state.step === 'finding') {
    const good = hint === 'good' ? state.good + 1 : 0;
    return good >= GOOD_IN_A_ROW ? { step: 'beginning' } : { ...state, hint, good };
  }
  if (state.step !== 'performing' || atMs < state.performance.sinceMs) return state;
  const { performance } = state;
  const poses = face
    ? [...performance.poses, { atMs, yawDeg: face.yawDeg, pitchDeg: face.pitchDeg }]
    : performance.poses;
  return { step: 'performing', performance: { ...performance, hint, poses } };
}

/** Frames come all the time, so they are the clock as well. */
function afterFrame(
  before: Performance,
  { atMs, guided }: Extract<LiveEvent, { type: 'filmed' }>,
): LiveState {
  const elapsedMs = atMs - before.sinceMs;
  // What measures the pose may be lost in the middle: then the arrow goes by the clock.
  const performance = {
    ...before,
    elapsedMs,
    frames: before.frames + 1,
    baseline: guided ? before.baseline : null,
  };
  if (isDone(performance, guided)) return { step: 'checking', performance };
  if (elapsedMs < performance.step.max_ms) return { step: 'performing', performance };
  const { step, poses, baseline } = performance;
  if (!step.direction || !baseline || mayPass(poses, baseline, step.direction)) {
    return { step: 'checking', performance };
  }
  return { step: 'ended', code: 'took_too_long' satisfies OwnEnd };
}

function isDone(performance: Performance, guided: boolean): boolean {
  const { step, elapsedMs, frames, hint, poses } = performance;
  switch (step.type) {
    case 'centre':
      if (frames < CENTRE_FRAMES) return false;
      return guided
        ? elapsedMs >= CENTRE_MS && hint === 'good' && poses.length > 1
        : elapsedMs >= UNGUIDED.centreMs;
    case 'turn':
      return turnOf(performance)?.phase === 'done';
    case 'flash':
      return elapsedMs >= (step.colours?.length ?? 0) * (step.slot_ms ?? 0);
  }
}

function afterAnswer(
  performance: Performance,
  { answer, atMs }: Extract<LiveEvent, { type: 'answered' }>,
): LiveState {
  if (answer.status === 'passed') return { step: 'passed' };
  if (answer.status === 'failed' || !answer.step) {
    return { step: 'ended', code: answer.code ?? 'liveness_failed' };
  }
  const isCentre = performance.step.type === 'centre';
  const repeated = answer.status === 'repeat';
  return performing(answer.step, atMs, {
    baseline: isCentre ? medianPose(performance.poses) : performance.baseline,
    done: performance.done + (repeated ? 0 : 1),
    code: repeated ? (answer.code ?? null) : null,
    repeated: repeated || performance.repeated,
  });
}

function performing(
  step: Step,
  sinceMs: number,
  rest: Pick<Performance, 'baseline' | 'done' | 'code' | 'repeated'>,
): LiveState {
  const performance = { step, sinceMs, elapsedMs: 0, frames: 0, poses: [], hint: null, ...rest };
  return { step: 'performing', performance };
}

/** A capture that has begun can't be gone on with later; one that hasn't can. */
function afterHiding(state: LiveState): LiveState {
  if (state.step === 'opening' || state.step === 'finding') return { step: 'paused' };
  return isOn(state) ? { step: 'ended', code: 'cancelled' satisfies OwnEnd } : state;
}
