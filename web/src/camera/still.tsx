import { useCallback } from 'react';
import type { CameraWords } from './camera-words';

/** Shows the frame that is being looked at, as it was seen in the preview. */
export function Still({ frame, words }: { frame: Blob | undefined; words: CameraWords }) {
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = frame ? URL.createObjectURL(frame) : null;
      if (url) image.src = url;
      return () => {
        if (url) URL.revokeObjectURL(url);
      };
    },
    [frame],
  );
  return (
    <div className="camera">
      <div className="camera-stage camera-stage-still">
        <div className="camera-layers">
          <img ref={show} className="camera-picture" alt="" />
          <div className="camera-sweep" aria-hidden="true" />
        </div>
        <div className="camera-hint">
          <p className="camera-sentence" role="status">
            {words.checking}
          </p>
        </div>
      </div>
    </div>
  );
}
