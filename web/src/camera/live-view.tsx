import type { ActionDispatch, ReactNode, RefObject } from 'react';
import { CameraPicker } from './camera-picker';
import type { CameraWords } from './camera-words';
import { GOOD_IN_A_ROW, type CaptureEvent, type CaptureState, type Shot } from './capture-flow';
import { Mirror, useDevices } from './mirror';
import { Oval } from './oval';
import { useIntoView } from './use-into-view';
import { useLostFocus } from './use-lost-focus';
import { FACELESS_MS, useOverdue } from './use-overdue';
import { useSettled } from './use-settled';

interface LiveViewProps {
  readonly state: Extract<CaptureState, { step: 'opening' | 'guiding' | 'taking' }>;
  readonly shots: readonly Shot[];
  readonly words: CameraWords;
  readonly videoRef: RefObject<HTMLVideoElement | null>;
  readonly dispatch: ActionDispatch<[CaptureEvent]>;
  readonly upload: ReactNode;
  /** The button that opened this has gone; its focus goes to the one that is here. */
  readonly takeFocus: boolean;
}

/** Hints that come and go faster than this are not shown; a voice needs longer. */
const SEEN_MS = 200;
const SPOKEN_MS = 900;

/** The mirror: the person, the oval to be in, what to do next, and the button. */
export function LiveView({
  state,
  shots,
  words,
  videoRef,
  dispatch,
  upload,
  takeFocus,
}: LiveViewProps) {
  const devices = useDevices();
  const inView = useIntoView('open');
  const takeLostFocus = useLostFocus(takeFocus);
  const faceless = useOverdue(
    state.step === 'guiding' && state.guidance === 'no_face',
    FACELESS_MS,
  );
  const sentence = faceless ? words.noFaceFor : sentenceFor(state, shots, words);
  const seen = useSettled(sentence, SEEN_MS);
  const spoken = useSettled(sentence, SPOKEN_MS);

  return (
    <div className="camera" ref={inView}>
      <div className="camera-stage" data-step={state.step} data-good={isGood(state)}>
        <div className="camera-layers">
          <Mirror
            words={words}
            videoRef={videoRef}
            devices={devices}
            onOpened={() => {
              dispatch({ type: 'opened', atMs: performance.now() });
            }}
            onFailure={(failure) => {
              dispatch({ type: 'failed', failure });
            }}
          />
          <Oval filled={filled(state, shots)} />
        </div>
        <div className="camera-hint">
          {shots.length > 1 && (
            <p className="camera-count">
              {words.shotOf(Math.min(state.progress.shot + 1, shots.length), shots.length)}
            </p>
          )}
          <p className="camera-sentence" aria-hidden="true">
            {seen}
          </p>
        </div>
      </div>
      <p className="camera-spoken" role="status">
        {spoken}
      </p>
      <div className="camera-controls">
        <button
          ref={takeLostFocus}
          type="button"
          className="camera-button camera-button-main"
          aria-disabled={state.step !== 'guiding'}
          onClick={() => {
            dispatch({ type: 'pressed' });
          }}
        >
          {words.press}
        </button>
        <CameraPicker devices={devices} words={words} />
        {faceless && (
          <p className="camera-help" role="status">
            {words.noFaceHelp}
          </p>
        )}
        {upload}
      </div>
    </div>
  );
}

function sentenceFor(
  state: LiveViewProps['state'],
  shots: readonly Shot[],
  words: CameraWords,
): string {
  if (state.step === 'opening') return words.opening;
  if (state.step === 'taking') return words.taking;
  const pose = shots[state.progress.shot]?.pose ?? 'straight';
  if (state.guidance === 'unguided' && pose !== 'straight') return words.hints[`turn_${pose}`];
  return words.hints[state.guidance];
}

function isGood(state: LiveViewProps['state']): boolean {
  return state.step === 'taking' || (state.step === 'guiding' && state.guidance === 'good');
}

/** How much of the whole capture is done, from 0 to 1. */
function filled(state: LiveViewProps['state'], shots: readonly Shot[]): number {
  const wanted =
    state.step === 'taking' ? (shots[state.progress.shot]?.frames ?? 1) : GOOD_IN_A_ROW;
  const run = state.step === 'opening' ? 0 : Math.min(1, state.run.length / wanted);
  return (state.progress.shot + run) / shots.length;
}
