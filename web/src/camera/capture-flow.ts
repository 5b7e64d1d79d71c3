import type { CameraFailure } from './camera-failure';
import type { Hint, Pose } from './hint';

/** One thing to show: how the head should be, and how many frames of it are wanted. */
export interface Shot {
  readonly pose: Pose;
  readonly frames: number;
}

/** How far a capture has come: the shot that is next, and the frames of those before it. */
export interface Progress {
  readonly shot: number;
  readonly frames: readonly Blob[];
}

/** What there is to say: a hint, or why there is none. */
export type Guidance = Hint | 'loading' | 'unguided';

export type CaptureState =
  | { readonly step: 'asking' }
  | { readonly step: 'opening'; readonly progress: Progress }
  | {
      readonly step: 'guiding';
      readonly progress: Progress;
      readonly guidance: Guidance;
      /** Frames in a row that were good. */
      readonly run: readonly Blob[];
      readonly sinceMs: number;
    }
  | { readonly step: 'taking'; readonly progress: Progress; readonly run: readonly Blob[] }
  | { readonly step: 'paused'; readonly progress: Progress }
  | { readonly step: 'failed'; readonly failure: CameraFailure; readonly progress: Progress }
  | { readonly step: 'finished'; readonly frames: readonly Blob[] };

export type CaptureEvent =
  | { readonly type: 'wanted' }
  | { readonly type: 'opened'; readonly atMs: number }
  | { readonly type: 'failed'; readonly failure: CameraFailure }
  | { readonly type: 'seen'; readonly guidance: Guidance; readonly atMs: number; frame?: Blob }
  | { readonly type: 'pressed' }
  | { readonly type: 'taken'; readonly frame: Blob; readonly atMs: number }
  | { readonly type: 'uploaded'; readonly frame: Blob }
  | { readonly type: 'hidden' }
  | { readonly type: 'shown' };

/** Good frames in a row before a shot is taken by itself. */
export const GOOD_IN_A_ROW = 3;
/** Between two shots, so that they differ and the person can read what is next. */
export const BETWEEN_SHOTS_MS = 700;

const NOTHING_YET: Progress = { shot: 0, frames: [] };

export const ASKING: CaptureState = { step: 'asking' };

/** Return the reducer of a capture of these shots. What doesn't fit the step changes nothing. */
export function captureReducer(shots: readonly Shot[]) {
  return (state: CaptureState, event: CaptureEvent): CaptureState => {
    switch (event.type) {
      case 'wanted':
        return isIdle(state) ? { step: 'opening', progress: progressOf(state) } : state;
      case 'opened':
        return state.step === 'opening' ? guiding(state.progress, event.atMs) : state;
      case 'failed':
        return isLive(state)
          ? { step: 'failed', failure: event.failure, progress: state.progress }
          : state;
      case 'seen':
        return state.step === 'guiding' ? afterView(state, event, shots) : state;
      case 'pressed':
        return state.step === 'guiding'
          ? { step: 'taking', progress: state.progress, run: [] }
          : state;
      case 'taken':
        return state.step === 'taking' ? afterFrame(state, event, shots) : state;
      case 'uploaded':
        return state.step === 'finished' ? state : { step: 'finished', frames: [event.frame] };
      case 'hidden':
        return isLive(state) ? { step: 'paused', progress: state.progress } : state;
      case 'shown':
        return state.step === 'paused' ? { step: 'opening', progress: state.progress } : state;
    }
  };
}

/** Whether the camera is on, or about to be. */
export function isLive(
  state: CaptureState,
): state is Extract<CaptureState, { step: 'opening' | 'guiding' | 'taking' }> {
  return state.step === 'opening' || state.step === 'guiding' || state.step === 'taking';
}

/** How far the capture has come. */
export function progressOf(state: CaptureState): Progress {
  return 'progress' in state ? state.progress : NOTHING_YET;
}

function isIdle(state: CaptureState): boolean {
  return state.step === 'asking' || state.step === 'failed';
}

function guiding(progress: Progress, atMs: number): CaptureState {
  return { step: 'guiding', progress, guidance: 'loading', run: [], sinceMs: atMs };
}

function afterView(
  state: Extract<CaptureState, { step: 'guiding' }>,
  event: Extract<CaptureEvent, { type: 'seen' }>,
  shots: readonly Shot[],
): CaptureState {
  const { guidance, frame } = event;
  const resting = state.progress.shot > 0 && event.atMs - state.sinceMs < BETWEEN_SHOTS_MS;
  if (guidance !== 'good' || !frame || resting) return { ...state, guidance, run: [] };
  const run = [...state.run, frame];
  if (run.length < GOOD_IN_A_ROW) return { ...state, guidance, run };
  return afterShot(state.progress, run, event.atMs, shots);
}

function afterFrame(
  state: Extract<CaptureState, { step: 'taking' }>,
  event: Extract<CaptureEvent, { type: 'taken' }>,
  shots: readonly Shot[],
): CaptureState {
  const run = [...state.run, event.frame];
  const wanted = shots[state.progress.shot]?.frames ?? 1;
  if (run.length < wanted) return { ...state, run };
  return afterShot(state.progress, run, event.atMs, shots);
}

function afterShot(
  progress: Progress,
  run: readonly Blob[],
  atMs: number,
  shots: readonly Shot[],
): CaptureState {
  const wanted = shots[progress.shot]?.frames ?? 1;
  const frames = [...progress.frames, ...run.slice(-wanted)];
  const shot = progress.shot + 1;
  return shot < shots.length ? guiding({ shot, frames }, atMs) : { step: 'finished', frames };
}
