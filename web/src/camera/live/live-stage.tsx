import type { ActionDispatch, ReactNode, RefObject } from 'react';
import { CameraPicker } from '../camera-picker';
import { Mirror, useDevices } from '../mirror';
import { Oval } from '../oval';
import { useIntoView } from '../use-into-view';
import { useLostFocus } from '../use-lost-focus';
import { FACELESS_MS, useOverdue } from '../use-overdue';
import { useSettled } from '../use-settled';
import { Arrow } from './arrow';
import { Flash } from './flash';
import { GOOD_IN_A_ROW, turnOf, type LiveEvent, type LiveOn } from './live-flow';
import type { LiveCameraWords } from './live-words';
import { LongerTime } from './longer-time';
import { sentences } from './sentences';
import { TurnsPreview } from './turns-preview';

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
/** For so long the button that was Start ends nothing. */
const STARTED_MS = 1_500;

/** The mirror, with the step that is to be done: large for the eye, in words for the ear. */
export function LiveStage(props: LiveStageProps) {
  const { state, unguided, steps, words, videoRef, dispatch, children } = props;
  const devices = useDevices();
  const inView = useIntoView(isBegun(state) ? 'begun' : 'before');
  const faceless = useOverdue(
    state.step === 'finding' && !unguided && state.hint === 'no_face',
    FACELESS_MS,
  );
  const { seen, spoken, asked, told, count } = sentences(state, { unguided, faceless }, words);
  const hint = useSettled(seen, SEEN_MS);
  const said = useSettled(spoken, SPOKEN_MS);
  const performing = state.step === 'performing' ? state.performance : null;
  const turning = performing && turnOf(performing);
  const direction = performing?.step.direction;
  const flash = performing?.step.type === 'flash' ? performing.step : null;
  return (
    <div className="camera" ref={inView} data-step={stepName(state)} data-live={state.step}>
      {flash?.colours && <Flash colours={flash.colours} slotMs={flash.slot_ms ?? 0} />}
      <div className="camera-stage" data-good={isGood(state)}>
        <div className="camera-layers">
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
        <div className="camera-hint" aria-hidden="true">
          {count && <p className="camera-count">{count}</p>}
          <p className="camera-sentence">{asked ?? hint}</p>
        </div>
      </div>
      <p className="camera-spoken" role="status">
        {asked === null && said}
      </p>
      <p className="camera-spoken" aria-live="assertive">
        {told}
      </p>
      <div className="camera-controls">
        <Buttons {...props} />
        <CameraPicker devices={devices} words={words} />
        {!isBegun(state) && (
          <>
            <LongerTime words={words.live} />
            {children}
            {faceless ? (
              <p className="camera-help" role="status">
                {words.noFaceHelp}
              </p>
            ) : (
              <TurnsPreview words={words.live} />
            )}
          </>
        )}
      </div>
    </div>
  );
}

/** Start, and once it has started, a way out. The focus stays where it was. */
function Buttons({ state, words, dispatch, takeFocus }: LiveStageProps) {
  const takeLostFocus = useLostFocus(takeFocus);
  const begun = isBegun(state);
  const ready = begun ? mayCancel(state) : state.step === 'finding';
  return (
    <button
      ref={takeLostFocus}
      type="button"
      className={`camera-button camera-button-${begun ? 'quiet' : 'main'}`}
      aria-disabled={!ready}
      onClick={() => {
        if (ready) dispatch({ type: begun ? 'cancelled' : 'pressed' });
      }}
    >
      {begun ? words.live.cancel : words.live.start}
    </button>
  );
}

/** Whoever presses Start as the capture starts by itself does not mean to end it. */
function mayCancel(state: LiveOn): boolean {
  if (state.step !== 'performing' && state.step !== 'checking') return false;
  return state.performance.done > 0 || state.performance.elapsedMs > STARTED_MS;
}

/** Whether it is too late to choose how the capture shall be. */
function isBegun(state: LiveOn): boolean {
  return state.step !== 'opening' && state.step !== 'finding';
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
