import { useEffect, useEffectEvent, useState } from 'react';
import type { CameraWords } from './camera-words';
import { FailurePanel } from './failure-panel';
import { isLive, type Shot } from './capture-flow';
import type { GuideState } from './guidance/use-guide';
import { LiveView } from './live-view';
import { ReasonPanel } from './reason-panel';
import { Still } from './still';
import { UploadButton, type UploadProblem } from './upload-button';
import { useCapture } from './use-capture';
import { useStart, type Start } from './use-start';
import './camera.css';

interface CameraProps {
  readonly shots: readonly Shot[];
  readonly guide: GuideState;
  readonly words: CameraWords;
  readonly start: Start;
  readonly uploadAllowed: boolean;
  /** Told whether there is no picture, each time that changes. */
  readonly onFailed?: (failed: boolean) => void;
  readonly onFrames: (frames: readonly Blob[]) => void;
}

/**
 * Shows the person to themselves, says what to do, and hands over the frames of `shots` once.
 * To take others, mount it anew: it never starts over by itself.
 */
export function Camera(props: CameraProps) {
  const { shots, guide, words, start, uploadAllowed, onFailed, onFrames } = props;
  const { state, dispatch, videoRef } = useCapture(shots, guide, onFrames);
  const [refused, setRefused] = useState<UploadProblem>();
  const [pressed, setPressed] = useState(false);
  const begin = () => {
    setPressed(true);
    dispatch({ type: 'wanted' });
  };
  useStart(start, () => {
    dispatch({ type: 'wanted' });
  });

  const failed = state.step === 'failed';
  const tellFailed = useEffectEvent((now: boolean) => onFailed?.(now));
  useEffect(() => {
    tellFailed(failed);
  }, [failed]);

  const upload = uploadAllowed && state.step !== 'finished' && (
    <UploadButton
      words={words}
      refused={refused}
      onRefused={setRefused}
      onPicture={(frame) => {
        dispatch({ type: 'uploaded', frame });
      }}
    />
  );

  if (state.step === 'finished') {
    return <Still frame={state.frames.at(-1)} words={words} />;
  }
  if (state.step === 'failed') {
    return (
      <FailurePanel failure={state.failure} words={words} takeFocus={pressed} onRetry={begin}>
        {upload}
      </FailurePanel>
    );
  }
  if (isLive(state)) {
    return (
      <LiveView
        state={state}
        shots={shots}
        words={words}
        videoRef={videoRef}
        dispatch={dispatch}
        upload={upload}
        takeFocus={pressed}
      />
    );
  }
  if (state.step === 'paused') {
    return (
      <div className="camera-panel" role="status">
        <p>{words.paused}</p>
      </div>
    );
  }
  return (
    <ReasonPanel words={words} onBegin={begin}>
      {upload}
    </ReasonPanel>
  );
}
