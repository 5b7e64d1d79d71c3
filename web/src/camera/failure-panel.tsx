import type { ReactNode } from 'react';
import type { CameraFailure } from './camera-failure';
import type { CameraWords } from './camera-words';
import { useLostFocus } from './use-lost-focus';

interface FailurePanelProps {
  readonly failure: CameraFailure;
  readonly words: CameraWords;
  readonly takeFocus: boolean;
  readonly onRetry: () => void;
  readonly children: ReactNode;
}

/** Says why there is no picture and what can be done. */
export function FailurePanel({ failure, words, takeFocus, onRetry, children }: FailurePanelProps) {
  const takeLostFocus = useLostFocus(takeFocus);
  const { title, way } = words.failures[failure];
  return (
    <div className="camera-panel">
      <div role="alert">
        <p className="camera-reason">{title}</p>
        <p className="camera-privacy">{way}</p>
      </div>
      <button
        ref={takeLostFocus}
        type="button"
        className="camera-button camera-button-main"
        onClick={onRetry}
      >
        {words.tryAgain}
      </button>
      {children}
    </div>
  );
}
