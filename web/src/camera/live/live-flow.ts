import type { CameraFailure } from '../camera-failure';
import type { Hint } from '../hint';
import type { SeenFace } from '../view';
import { hasArrived, isBack, moved, NO_MOVEMENT, type Movement, type Trace } from './movement';
import type { Answer, OwnEnd, Step } from './step';
import { medianPose, turning, type Pose, type TimedPose, type Turning } from './turn';

/** What is known of the step that is being performed. */
export interface Performance {
  readonly step: Step;
  /** When it was shown, by the page's clock. */
  readonly sinceMs: number;
  readonly elapsedMs: number;
  /** How many frames of it have been kept. */
  readonly frames: number;
  /** Why it is asked for once more. */
  readonly code: string | null;
  /** The one turn that may be done once more has been. */
  readonly repeated: boolean;
  readonly poses: readonly TimedPose[];
  /** Where nothing measures the pose: what the picture tells, and since when to turn back. */
  readonly movement: Movement;
  readonly backSinceMs: number | null;
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
  | { readonly step: 'ended'; readonly code: string | null; readonly detail?: string };

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
  | {
      readonly type: 'filmed';
      readonly atMs: number;
      readonly guided: boolean;
      /** Whether the frame was kept, or only seen. */
      readonly kept: boolean;
      readonly trace: Trace | null;
    }
  | { readonly type: 'answered'; readonly answer: Answer; readonly atMs: number }
  | { readonly type: 'refused' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'hidden' }
  | { readonly type: 'shown' };

/** Good looks in a row before the capture begins by itself. */
export const GOOD_IN_A_ROW = 3;
/** How long looking straight lasts: the server takes no step that is shorter than 600 ms. */
export const CENTRE_MS = 680;
const CENTRE_FRAMES = 6;
/**
 * Where nothing measures the pose, the arrow points there until the picture changes no further, for
 * `leastOutMs` at least and this share of the step's time at most; then back, until the picture is
 * as before, for `leastBackMs` at least. Where it never changed, for the second share.
 */
export const UNGUIDED = {
  centreMs: 1000,
  leastOutMs: 1500,
  mostOutShare: 0.45,
  leastBackMs: 1200,
  backShare: 0.3,
} as const;
/** How many turns a capture has. */
export const TURNS = 3;

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
    case 'cancelled':
      return afterCancel(state);
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
  const { step, baseline, poses, elapsedMs, backSinceMs, movement } = performance;
  if (step.direction === undefined) return null;
  if (baseline) return turning(poses, baseline, step.direction);
  const mostOutMs = UNGUIDED.mostOutShare * step.max_ms;
  if (backSinceMs === null) {
    return { phase: 'out', share: Math.min(1, elapsedMs / mostOutMs), astray: false, off: null };
  }
  const backMs = elapsedMs - backSinceMs;
  const there = isBack(movement, elapsedMs) ?? backMs >= UNGUIDED.backShare * step.max_ms;
  return {
    phase: there && backMs >= UNGUIDED.leastBackMs ? 'done' : 'back',
    share: Math.min(1, backMs / UNGUIDED.leastBackMs),
    astray: false,
    off: null,
  };
}

/** Which turn is performed, from 1; null for any other step. */
export function turnNumber({ step, done }: Performance): number | null {
  return step.type === 'turn' ? Math.min(TURNS, Math.max(1, done)) : null;
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
  { atMs, guided, kept, trace }: Extract<LiveEvent, { type: 'filmed' }>,
): LiveState {
  const elapsedMs = atMs - before.sinceMs;
  const movement = moved(before.movement, trace, elapsedMs);
  // What measures the pose may be lost in the middle: then the picture's changes have to do.
  const performance = {
    ...before,
    elapsedMs,
    movement,
    frames: before.frames + (kept ? 1 : 0),
    baseline: guided ? before.baseline : null,
    backSinceMs:
      before.backSinceMs ?? (mayComeBack(before.step, movement, elapsedMs) ? elapsedMs : null),
  };
  if (isDone(performance, guided)) return { step: 'checking', performance };
  if (elapsedMs < performance.step.max_ms) return { step: 'performing', performance };
  // The server says what was missing, and may ask for it once more.
  if (performance.frames > 0) return { step: 'checking', performance };
  return { step: 'ended', code: 'frames_missing' satisfies OwnEnd };
}

function mayComeBack(step: Step, movement: Movement, elapsedMs: number): boolean {
  if (elapsedMs >= UNGUIDED.mostOutShare * step.max_ms) return true;
  return elapsedMs >= UNGUIDED.leastOutMs && hasArrived(movement, elapsedMs);
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
      return frames >= step.min_frames && turnOf(performance)?.phase === 'done';
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
    const { code = 'liveness_failed', detail } = answer;
    return { step: 'ended', code, ...(detail !== undefined && { detail }) };
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
  const performance = {
    step,
    sinceMs,
    elapsedMs: 0,
    frames: 0,
    poses: [],
    movement: NO_MOVEMENT,
    backSinceMs: null,
    hint: null,
    ...rest,
  };
  return { step: 'performing', performance };
}

/** A capture that has begun can't be gone on with later; one that hasn't can. */
function afterHiding(state: LiveState): LiveState {
  if (state.step === 'opening' || state.step === 'finding') return { step: 'paused' };
  return isOn(state) ? { step: 'ended', code: 'cancelled' satisfies OwnEnd } : state;
}

/** Before it has begun a capture may be begun again at once; later it is over. */
function afterCancel(state: LiveState): LiveState {
  if (state.step === 'opening' || state.step === 'finding') return ASKING;
  return isOn(state) ? { step: 'ended', code: 'cancelled' satisfies OwnEnd } : state;
}
