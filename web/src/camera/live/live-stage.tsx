import type { ActionDispatch, ReactNode, RefObject } from 'react';
import { CameraPicker } from '../camera-picker';
import { Mirror, useDevices } from '../mirror';
import { Oval } from '../oval';
import { useLostFocus } from '../use-lost-focus';
import { useSettled } from '../use-settled';
import { Arrow } from './arrow';
import { Flash } from './flash';
import { GOOD_IN_A_ROW, turnOf, type LiveEvent, type LiveOn } from './live-flow';
import type { LiveCameraWords } from './live-words';
import { sentences } from './sentences';

interface LiveStageProps {
  readonly state: LiveOn;
  readonly unguided: boolean;
  /** How many steps there will be, as far as one can tell. */
  readonly steps: number;
  readonly words: LiveCameraWords;
  readonly videoRef: RefObject<HTMLVideoElement | null>;
  readonly dispatch: ActionDispatch<[LiveEvent]>;
  /** The button that opened this has gone; its focus goes to the one that is here. */
  readonly takeFocus: boolean;
  readonly children?: ReactNode;
}

/** Hints that come and go faster than this are not shown; a voice needs longer. */
const SEEN_MS = 200;
const SPOKEN_MS = 900;

/** The mirror, with the step that is to be done: large for the eye, in words for the ear. */
export function LiveStage(props: LiveStageProps) {
  const { state, unguided, steps, words, videoRef, dispatch, takeFocus, children } = props;
  const devices = useDevices();
  const takeLostFocus = useLostFocus(takeFocus);
  const { seen, spoken, asked } = sentences(state, unguided, words);
  const hint = useSettled(seen, SEEN_MS);
  const said = useSettled(spoken, SPOKEN_MS);
  const performing = state.step === 'performing' ? state.performance : null;
  const turning = performing && turnOf(performing);
  const direction = performing?.step.direction;
  const flash = performing?.step.type === 'flash' ? performing.step : null;
  return (
    <div className="camera" data-step={stepName(state)} data-live={state.step}>
      {flash?.colours && <Flash colours={flash.colours} slotMs={flash.slot_ms ?? 0} />}
      <div className="camera-stage" data-good={isGood(state)}>
        <Mirror
          words={words}
          videoRef={videoRef}
          devices={devices}
          onOpened={() => {
            dispatch({ type: 'opened' });
          }}
          onFailure={(failure) => {
            dispatch({ type: 'failed', failure });
          }}
        />
        <Oval filled={filled(state, steps)} />
        {direction && turning && <Arrow direction={direction} turning={turning} />}
      </div>
      <p className="camera-hint" aria-hidden="true">
        {asked ?? hint}
      </p>
      <p className="camera-spoken" role="status">
        {asked === null && said}
      </p>
      <p className="camera-spoken" aria-live="assertive">
        {asked}
      </p>
      <button
        ref={takeLostFocus}
        type="button"
        className="camera-button camera-button-main"
        aria-disabled={state.step !== 'finding'}
        onClick={() => {
          dispatch({ type: 'pressed' });
        }}
      >
        {words.live.start}
      </button>
      <CameraPicker devices={devices} words={words} />
      {children}
    </div>
  );
}

/** The step that is performed right now, for whoever watches from outside. */
function stepName(state: LiveOn): string {
  if (state.step !== 'performing') return 'idle';
  const { type, direction } = state.performance.step;
  return direction ?? type;
}

function isGood(state: LiveOn): boolean {
  if (state.step === 'finding') return state.hint === 'good';
  return state.step !== 'opening';
}

/** How much of the whole capture is done, from 0 to 1. */
function filled(state: LiveOn, steps: number): number {
  if (state.step === 'opening' || state.step === 'beginning') return 0;
  if (state.step === 'finding') return (0.5 * state.good) / GOOD_IN_A_ROW / steps;
  const { performance } = state;
  return Math.min(1, (performance.done + (state.step === 'checking' ? 1 : 0.5)) / steps);
}
