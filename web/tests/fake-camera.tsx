import type { Shot } from '../src/camera/capture-flow';

interface FakeCameraProps {
  readonly shots: readonly Shot[];
  readonly start: string;
  readonly onFrames: (frames: readonly Blob[]) => void;
}

/** Stands for the camera in tests of pages: a button takes the place of the person's face. */
export function Camera({ shots, start, onFrames }: FakeCameraProps) {
  const frames = shots.flatMap((shot) =>
    Array.from({ length: shot.frames }, () => new Blob(['jpeg'], { type: 'image/jpeg' })),
  );
  return (
    <button
      type="button"
      data-start={start}
      onClick={() => {
        onFrames(frames);
      }}
    >
      {`Look (${frames.length})`}
    </button>
  );
}
