import { useState } from 'react';
import { FailurePanel } from '../failure-panel';
import type { GuideState } from '../guidance/use-guide';
import { ReasonPanel } from '../reason-panel';
import { Still } from '../still';
import { useStart, type Start } from '../use-start';
import { isOn } from './live-flow';
import { LiveStage } from './live-stage';
import type { LiveCameraWords } from './live-words';
import { LongerTime, longerTimeChosen } from './longer-time';
import { TurnsPreview } from './turns-preview';
import type { Answer, Step, StepFrame } from './step';
import { useLiveCapture } from './use-live-capture';
import '../camera.css';
import './live.css';

interface LiveCameraProps {
  readonly guide: GuideState;
  readonly words: LiveCameraWords;
  readonly start: Start;
  /** Whether the screen may show colours at the end; each person may choose to go without. */
  readonly flashOffered: boolean;
  /** Ask for the first step. */
  readonly begin: (choice: { flash: boolean; longerTime: boolean }) => Promise<Step>;
  /** Send the frames of a step. */
  readonly answer: (step: Step, frames: readonly StepFrame[]) => Promise<Answer>;
  readonly onPassed: () => void;
  /** It did not pass: why, as a code, and what narrows it down. */
  readonly onEnded: (code: string, detail?: string) => void;
  /** What `begin` or `answer` threw. */
  readonly onRefused: (error: Error) => void;
  /** Told whether there is no picture, each time that changes. */
  readonly onFailed?: ((failed: boolean) => void) | undefined;
}

const STEPS = 4;

/**
 * Shows the person to themselves and has them do what the server asks, step by step.
 * To try again, mount it anew: it never starts over by itself.
 */
export function LiveCamera(props: LiveCameraProps) {
  const { guide, words, start, flashOffered, begin, answer, onFailed, ...ends } = props;
  const [flash, setFlash] = useState(() => flashOffered && !prefersLessMotion());
  const challenger = {
    begin: () => begin({ flash, longerTime: longerTimeChosen() }),
    answer,
  };
  const { state, dispatch, videoRef, still } = useLiveCapture(guide, challenger, {
    ...ends,
    onFailed,
  });
  const [pressed, setPressed] = useState(false);
  const want = () => {
    setPressed(true);
    dispatch({ type: 'wanted' });
  };
  useStart(start, () => {
    dispatch({ type: 'wanted' });
  });

  if (state.step === 'failed') {
    return (
      <FailurePanel failure={state.failure} words={words} takeFocus={pressed} onRetry={want}>
        <LongerTime words={words.live} />
      </FailurePanel>
    );
  }
  if (isOn(state)) {
    return (
      <LiveStage
        state={state}
        unguided={guide.status === 'lost'}
        steps={STEPS + (flash ? 1 : 0)}
        words={words}
        videoRef={videoRef}
        dispatch={dispatch}
        takeFocus={pressed}
      >
        {flashOffered && (
          <label className="live-choice">
            <input
              type="checkbox"
              checked={!flash}
              onChange={({ target }) => {
                setFlash(!target.checked);
              }}
            />
            <span>{words.live.noFlash}</span>
          </label>
        )}
      </LiveStage>
    );
  }
  if (state.step === 'paused') {
    return (
      <div className="camera-panel" role="status">
        <p>{words.paused}</p>
      </div>
    );
  }
  if (state.step === 'passed' || state.step === 'ended') {
    return <Still frame={still} words={words} />;
  }
  return (
    <ReasonPanel words={words} onBegin={want}>
      <LongerTime words={words.live} />
      <TurnsPreview words={words.live} />
    </ReasonPanel>
  );
}

function prefersLessMotion(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}
