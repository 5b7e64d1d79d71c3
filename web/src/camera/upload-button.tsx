import { useId, useRef, type ChangeEvent } from 'react';
import type { CameraWords } from './camera-words';
import { isHeic } from './heic';
import { shrinkPicture } from './take-frame';

/** Why a chosen file was not taken. */
export type UploadProblem = 'unreadable' | 'heic';

interface UploadButtonProps {
  readonly words: CameraWords;
  readonly refused: UploadProblem | undefined;
  readonly onRefused: (problem: UploadProblem) => void;
  readonly onPicture: (picture: Blob) => void;
}

/** Takes a picture file instead of the camera. */
export function UploadButton({ words, refused, onRefused, onPicture }: UploadButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const problem = useId();
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    target.value = '';
    if (!file) return;
    shrinkPicture(file).then(onPicture, async () => {
      onRefused((await isHeic(file).catch(() => false)) ? 'heic' : 'unreadable');
    });
  };
  return (
    <div className="camera-upload">
      <button
        type="button"
        className="camera-button camera-button-quiet"
        aria-describedby={refused ? problem : undefined}
        onClick={() => input.current?.click()}
      >
        {words.upload}
      </button>
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        aria-label={words.upload}
        tabIndex={-1}
        hidden
        onChange={choose}
      />
      {refused && (
        <p id={problem} role="alert" className="camera-problem">
          {refused === 'heic' ? words.uploadHeic : words.uploadUnreadable}
        </p>
      )}
    </div>
  );
}
