import {
  useEffect,
  useEffectEvent,
  useReducer,
  useRef,
  useState,
  type ActionDispatch,
  type RefObject,
} from 'react';
import type { GuideState } from '../guidance/use-guide';
import { useOpeningLimit } from '../use-opening-limit';
import { usePageVisibility } from '../use-page-visibility';
import { keepLastLook } from '../last-look';
import { Film, thinned, watchFrames, type FilmedFrame } from './film';
import { ASKING, isOn, liveReducer, type LiveEvent, type LiveState } from './live-flow';
import { liveHint } from './live-hint';
import type { Trace } from './movement';
import { pickFrames } from './pick-frames';
import type { Answer, Step, StepFrame } from './step';

/** Where the steps come from and the frames go to. What they throw ends the capture. */
export interface Challenger {
  readonly begin: () => Promise<Step>;
  readonly answer: (step: Step, frames: readonly StepFrame[]) => Promise<Answer>;
}

interface Ends {
  readonly onPassed: () => void;
  /** The server, or the flow itself, says why not. */
  readonly onEnded: (code: string, detail?: string) => void;
  readonly onRefused: (error: Error) => void;
  readonly onFailed?: ((failed: boolean) => void) | undefined;
}

interface LiveCapture {
  readonly state: LiveState;
  readonly dispatch: Dispatch;
  readonly videoRef: VideoRef;
  /** The last frame that was sent. */
  readonly still: Blob | undefined;
}

type Dispatch = ActionDispatch<[LiveEvent]>;
type VideoRef = RefObject<HTMLVideoElement | null>;

/** Time without a frame after which a camera is taken to be dead. */
const SILENT_MS = 6_000;

/** Run a live capture: the reducer, and the effects that feed it. */
export function useLiveCapture(guide: GuideState, challenger: Challenger, ends: Ends): LiveCapture {
  const [state, dispatch] = useReducer(liveReducer, ASKING);
  const videoRef = useRef<HTMLVideoElement>(null);
  const [still, setStill] = useState<Blob>();
  const filmRef = useRef<readonly FilmedFrame[]>([]);
  usePageVisibility((hidden) => {
    dispatch({ type: hidden ? 'hidden' : 'shown' });
  });
  useOpeningLimit(state.step === 'opening', () => {
    dispatch({ type: 'failed', failure: 'silent' });
  });
  useFilm(state, guide, videoRef, filmRef, dispatch);
  useSteps(state, challenger, ends, filmRef, setStill, dispatch);
  return { state, dispatch, videoRef, still };
}

/** While the camera is on: look at its frames, and keep those of the step that is performed. */
function useFilm(
  state: LiveState,
  guide: GuideState,
  videoRef: VideoRef,
  filmRef: RefObject<readonly FilmedFrame[]>,
  dispatch: Dispatch,
): void {
  const filming = isOn(state) && state.step !== 'opening';
  const keeping = state.step === 'performing';
  const keepFrame = useEffectEvent((roll: Film, atMs: number, trace: Trace | null) => {
    if (state.step !== 'performing' || !roll.free) return false;
    const jpeg = roll.encode(atMs - state.performance.sinceMs);
    filmRef.current = thinned([...filmRef.current, { atMs, jpeg, trace }]);
    return true;
  });
  useEffect(() => {
    if (!keeping) return undefined;
    filmRef.current = [];
    return undefined;
  }, [keeping, filmRef]);
  useEffect(() => {
    if (!filming) return undefined;
    const ended = new AbortController();
    const { signal } = ended;
    const roll = new Film();
    const look = guide.status === 'ready' ? guide.look : null;
    const sinceMs = performance.now();
    let looking = false;
    const silent = () => {
      dispatch({ type: 'failed', failure: 'silent' });
    };
    let timer = setTimeout(silent, SILENT_MS);
    watchFrames(
      () => videoRef.current,
      signal,
      (video, atMs) => {
        clearTimeout(timer);
        timer = setTimeout(silent, SILENT_MS);
        roll.draw(video);
        const trace = look ? null : roll.trace();
        const kept = keepFrame(roll, atMs, trace);
        dispatch({ type: 'filmed', atMs, guided: look !== null, kept, trace });
        if (!look || looking) return;
        looking = true;
        look(roll.canvas)
          .then((view) => {
            if (!signal.aborted) {
              const seen = liveHint(view, atMs - sinceMs);
              dispatch({ type: 'seen', hint: seen, face: view.face, atMs });
            }
          })
          // A look that fails (the worker is gone) is followed by another, or by none.
          .catch(() => undefined)
          .finally(() => {
            looking = false;
          });
      },
    );
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [filming, guide, videoRef, dispatch]);
}

/** Ask for the first step, send the frames of each, and tell how it ended. */
function useSteps(
  state: LiveState,
  challenger: Challenger,
  ends: Ends,
  filmRef: RefObject<readonly FilmedFrame[]>,
  onSent: (last: Blob | undefined) => void,
  dispatch: Dispatch,
): void {
  const begin = useEffectEvent(async () => {
    const step = await challenger.begin();
    dispatch({ type: 'shown_step', step, atMs: performance.now() });
  });
  const send = useEffectEvent(async () => {
    if (state.step !== 'checking') return;
    const frames = await pickFrames(filmRef.current, state.performance);
    onSent(frames.at(-1)?.jpeg);
    const answer = await challenger.answer(state.performance.step, frames);
    dispatch({ type: 'answered', answer, atMs: performance.now() });
  });
  const refuse = useEffectEvent((error: unknown) => {
    dispatch({ type: 'refused' });
    ends.onRefused(error instanceof Error ? error : new Error(String(error)));
  });
  const tellEnd = useEffectEvent(() => {
    ends.onFailed?.(state.step === 'failed');
    if (state.step === 'ended') keepLastLook(filmRef.current.at(-1)?.jpeg ?? null);
    if (state.step === 'passed') ends.onPassed();
    if (state.step === 'ended' && state.code !== null) ends.onEnded(state.code, state.detail);
  });
  const { step } = state;
  useEffect(() => {
    const left = new AbortController();
    const act = step === 'beginning' ? begin : step === 'checking' ? send : null;
    act?.().catch((error: unknown) => {
      if (!left.signal.aborted) refuse(error);
    });
    tellEnd();
    return () => {
      left.abort();
    };
  }, [step]);
}
