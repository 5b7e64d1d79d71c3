import {
  useEffect,
  useEffectEvent,
  useReducer,
  useRef,
  type ActionDispatch,
  type RefObject,
} from 'react';
import {
  ASKING,
  captureReducer,
  isLive,
  type CaptureEvent,
  type CaptureState,
  type Shot,
} from './capture-flow';
import type { GuideState } from './guidance/use-guide';
import { hint, limitsAt, type Pose } from './hint';
import { keepLastLook } from './last-look';
import { drawFrame, encodeFrame, takeFrame } from './take-frame';
import { useOpeningLimit } from './use-opening-limit';
import { usePageVisibility } from './use-page-visibility';
import type { View } from './view';

/** Time from one look to the next, so that three good ones are not one and the same moment. */
const BETWEEN_LOOKS_MS = 75;
const BETWEEN_FRAMES_MS = 150;
/** A pose is asked for this long; then looking straight is fine too. */
const INSIST_ON_POSE_MS = 4_000;

type Dispatch = ActionDispatch<[CaptureEvent]>;
type VideoRef = RefObject<HTMLVideoElement | null>;

interface Capture {
  readonly state: CaptureState;
  readonly dispatch: Dispatch;
  readonly videoRef: VideoRef;
}

/** Run a capture of these shots: the reducer, and the effects that feed it. */
export function useCapture(
  shots: readonly Shot[],
  guide: GuideState,
  onFrames: (frames: readonly Blob[]) => void,
): Capture {
  const [state, dispatch] = useReducer(captureReducer(shots), ASKING);
  const videoRef = useRef<HTMLVideoElement>(null);
  usePageVisibility((hidden) => {
    dispatch({ type: hidden ? 'hidden' : 'shown' });
  });
  useOpeningLimit(state.step === 'opening', () => {
    dispatch({ type: 'failed', failure: 'silent' });
  });
  useLooks(state, shots, guide, videoRef, dispatch);
  useShutter(state, videoRef, dispatch);
  const handOver = useEffectEvent(onFrames);
  useEffect(() => {
    if (state.step !== 'finished') return;
    keepLastLook(state.frames.at(-1) ?? null);
    handOver(state.frames);
  }, [state]);
  return { state, dispatch, videoRef };
}

/** While guiding: look, hint, and keep the very frame that was found good, again and again. */
function useLooks(
  state: CaptureState,
  shots: readonly Shot[],
  guide: GuideState,
  videoRef: VideoRef,
  dispatch: Dispatch,
): void {
  const active = state.step === 'guiding';
  const pose = isLive(state) ? (shots[state.progress.shot]?.pose ?? 'straight') : 'straight';
  const sinceMs = state.step === 'guiding' ? state.sinceMs : 0;
  useEffect(() => {
    if (!active) return undefined;
    if (guide.status !== 'ready') {
      const guidance = guide.status === 'loading' ? 'loading' : 'unguided';
      dispatch({ type: 'seen', guidance, atMs: performance.now() });
      return undefined;
    }
    const { look } = guide;
    const ended = new AbortController();
    const canvas = document.createElement('canvas');
    void lookOn(ended.signal, async (before) => {
      const video = videoRef.current;
      if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
      drawFrame(video, canvas);
      const view = await look(canvas);
      const elapsedMs = view.atMs - sinceMs;
      const guidance = hint(view, before, poseAt(pose, elapsedMs), limitsAt(elapsedMs));
      const frame = guidance === 'good' ? await encodeFrame(canvas) : null;
      if (!ended.signal.aborted) {
        dispatch({ type: 'seen', guidance, atMs: view.atMs, ...(frame && { frame }) });
      }
      return view;
    });
    return () => {
      ended.abort();
    };
  }, [active, pose, sinceMs, guide, videoRef, dispatch]);
}

function poseAt(pose: Pose, elapsedMs: number): Pose {
  return elapsedMs > INSIST_ON_POSE_MS ? 'straight' : pose;
}

async function lookOn(
  ended: AbortSignal,
  lookOnce: (before: View | null) => Promise<View | null>,
): Promise<void> {
  let before: View | null = null;
  while (!ended.aborted) {
    const startedMs = performance.now();
    // A look that fails (the camera just closed, the worker is gone) is followed by another, or by
    // the end of this loop.
    before = await lookOnce(before).catch(() => null);
    await pause(Math.max(16, BETWEEN_LOOKS_MS - (performance.now() - startedMs)));
  }
}

/** While taking: one frame after the other, whatever guidance thinks of them. */
function useShutter(state: CaptureState, videoRef: VideoRef, dispatch: Dispatch): void {
  const taken = state.step === 'taking' ? state.run.length : null;
  useEffect(() => {
    if (taken === null) return undefined;
    const ended = new AbortController();
    const shoot = async () => {
      if (taken > 0) await pause(BETWEEN_FRAMES_MS);
      const video = videoRef.current;
      if (!video) return;
      const frame = await takeFrame(video);
      if (!ended.signal.aborted) dispatch({ type: 'taken', frame, atMs: performance.now() });
    };
    shoot().catch(() => {
      if (!ended.signal.aborted) dispatch({ type: 'failed', failure: 'silent' });
    });
    return () => {
      ended.abort();
    };
  }, [taken, videoRef, dispatch]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
