import { TRACE, type Trace } from './movement';

/** The size of a frame that is sent: its shorter side, and the longer one at most this much longer. */
const SHORT_SIDE_PX = 480;
const MOST_ASPECT = 4 / 3;
/** Time from one frame to the next at least; cameras give one every 33 or 66 ms. */
const BETWEEN_FRAMES_MS = 85;
/** A page is told of a frame at most this long after it was taken; else the two clocks differ. */
const LATEST_MS = 500;
/** A frame that is larger is not sent, and those after it are made smaller. */
const MOST_BYTES = 98_000;
const FIRST_QUALITY = 0.88;
const LEAST_QUALITY = 0.5;
/** A long turn takes many frames, so those after this time are encoded more coarsely. */
const LONG_MS = 2_500;
const LONG_QUALITY = 0.72;
/** A browser that encodes more slowly than frames come drops some, rather than lag behind. */
const MOST_PENDING = 4;
/** How many frames of a step are kept, and how far apart they may then become. */
const MOST_KEPT = 120;
const MOST_APART_MS = 380;

/** A frame, and when it was taken by the page's clock. */
export interface FilmedFrame {
  readonly atMs: number;
  readonly jpeg: Promise<Blob | null>;
  /** Where nothing else says how far a head is turned. */
  readonly trace: Trace | null;
}

/** Call `onFrame` for new frames of the video, some milliseconds apart, until `ended`. */
export function watchFrames(
  video: () => HTMLVideoElement | null,
  ended: AbortSignal,
  onFrame: (video: HTMLVideoElement, atMs: number) => void,
): void {
  let lastMs = -Infinity;
  let lastShownS = -1;
  const next = () => {
    if (ended.aborted) return;
    const element = video();
    if (element && 'requestVideoFrameCallback' in element) {
      element.requestVideoFrameCallback(take);
    } else {
      setTimeout(() => {
        take();
      }, 16);
    }
  };
  const take = (_nowMs?: number, frame?: VideoFrameCallbackMetadata) => {
    if (ended.aborted) return;
    const element = video();
    const atMs = takenAt(frame);
    const isNew = element !== null && element.currentTime !== lastShownS && element.videoWidth > 0;
    if (isNew && atMs - lastMs >= BETWEEN_FRAMES_MS) {
      lastMs = atMs;
      lastShownS = element.currentTime;
      onFrame(element, atMs);
    }
    next();
  };
  next();
}

/** When a frame was taken, as far as the browser says: a busy page is told of it late. */
function takenAt(frame: VideoFrameCallbackMetadata | undefined): number {
  const nowMs = performance.now();
  const atMs = frame?.captureTime ?? frame?.presentationTime ?? nowMs;
  return atMs <= nowMs && nowMs - atMs < LATEST_MS ? atMs : nowMs;
}

/** Return what part of a picture is sent, and how large: not wider than 4:3, no larger than it is. */
export function framing(
  width: number,
  height: number,
): { x: number; y: number; width: number; height: number; scale: number } {
  const short = Math.min(width, height);
  const longest = short * MOST_ASPECT;
  const [cutWidth, cutHeight] = [Math.min(width, longest), Math.min(height, longest)];
  return {
    x: (width - cutWidth) / 2,
    y: (height - cutHeight) / 2,
    width: cutWidth,
    height: cutHeight,
    scale: Math.min(1, SHORT_SIDE_PX / short),
  };
}

/** Return the frames of a step, and no more than fit the memory: the older ones are thinned first. */
export function thinned<Timed extends { readonly atMs: number }>(
  film: readonly Timed[],
): readonly Timed[] {
  const older = film.length > MOST_KEPT ? everySecond(film, MOST_KEPT / 2) : film;
  return older.length > MOST_KEPT ? everySecond(older, older.length).slice(-MOST_KEPT) : older;
}

/** Drop every second of the first so many frames, where that leaves no gap too long. */
function everySecond<Timed extends { readonly atMs: number }>(
  film: readonly Timed[],
  first: number,
): readonly Timed[] {
  return film.filter((_frame, i) => {
    const [before, after] = [film[i - 1], film[i + 1]];
    if (i % 2 === 0 || i >= first || !before || !after) return true;
    return after.atMs - before.atMs > MOST_APART_MS;
  });
}

/** Draws frames, unmirrored, and encodes them. One canvas, one frame at a time. */
export class Film {
  readonly canvas = document.createElement('canvas');
  private readonly small = document.createElement('canvas');
  private quality = FIRST_QUALITY;
  private pending = 0;

  /** Whether another frame may be encoded now. */
  get free(): boolean {
    return this.pending < MOST_PENDING;
  }

  draw(video: HTMLVideoElement): void {
    const { x, y, width, height, scale } = framing(video.videoWidth, video.videoHeight);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const context = this.canvas.getContext('2d');
    if (!context) throw new Error('This browser gives no 2D canvas.');
    context.drawImage(video, x, y, width, height, 0, 0, this.canvas.width, this.canvas.height);
  }

  /** Return what the canvas holds now as a JPEG, `elapsedMs` into a step; null if too large. */
  async encode(elapsedMs: number): Promise<Blob | null> {
    const quality = elapsedMs > LONG_MS ? Math.min(this.quality, LONG_QUALITY) : this.quality;
    this.pending += 1;
    const blob = await new Promise<Blob | null>((resolve) => {
      this.canvas.toBlob(resolve, 'image/jpeg', quality);
    });
    this.pending -= 1;
    if (!blob || blob.size <= MOST_BYTES) return blob;
    this.quality = Math.max(LEAST_QUALITY, this.quality - 0.1);
    return null;
  }

  /** Return what the canvas holds now in a few grey cells. */
  trace(): Trace {
    this.small.width = TRACE.width;
    this.small.height = TRACE.height;
    const context = this.small.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('This browser gives no 2D canvas.');
    context.drawImage(this.canvas, 0, 0, TRACE.width, TRACE.height);
    const { data } = context.getImageData(0, 0, TRACE.width, TRACE.height);
    return Uint8ClampedArray.from({ length: data.length / 4 }, (_cell, cell) =>
      [0.299, 0.587, 0.114].reduce((sum, part, i) => sum + part * data[4 * cell + i]!, 0),
    );
  }
}
