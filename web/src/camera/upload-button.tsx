import { useId, useRef, type ChangeEvent } from 'react';
import type { CameraWords } from './camera-words';
import { shrinkPicture } from './take-frame';

interface UploadButtonProps {
  readonly words: CameraWords;
  readonly unreadable: boolean;
  readonly onUnreadable: () => void;
  readonly onPicture: (picture: Blob) => void;
}

/** Takes a picture file instead of the camera. */
export function UploadButton({ words, unreadable, onUnreadable, onPicture }: UploadButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const problem = useId();
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    target.value = '';
    if (file) shrinkPicture(file).then(onPicture, onUnreadable);
  };
  return (
    <div className="camera-upload">
      <button
        type="button"
        className="camera-button camera-button-quiet"
        aria-describedby={unreadable ? problem : undefined}
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
      {unreadable && (
        <p id={problem} role="alert" className="camera-problem">
          {words.uploadUnreadable}
        </p>
      )}
    </div>
  );
}
