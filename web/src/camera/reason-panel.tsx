import type { ReactNode } from 'react';
import type { CameraWords } from './camera-words';

interface ReasonPanelProps {
  readonly words: CameraWords;
  readonly onBegin: () => void;
  readonly children?: ReactNode;
}

/** Gives the reason before the browser asks whether the page may use the camera. */
export function ReasonPanel({ words, onBegin, children }: ReasonPanelProps) {
  return (
    <div className="camera-panel">
      <p className="camera-reason">{words.reason}</p>
      <p className="camera-privacy">{words.privacy}</p>
      <button type="button" className="camera-button camera-button-main" onClick={onBegin}>
        {words.turnOn}
      </button>
      {children}
    </div>
  );
}
