/** The longest side of a frame that is sent, in pixels. */
export const LONGEST_SIDE_PX = 1280;
const JPEG_QUALITY = 0.9;
/** A video that shows nothing new for this long is taken as it is. */
const NEXT_FRAME_WITHIN_MS = 500;

/**
 * Return the video's next frame as a JPEG: unmirrored, whatever the preview looks like. Not the one
 * that it shows already: the first of a camera that has just been opened may be black.
 */
export async function takeFrame(video: HTMLVideoElement): Promise<Blob> {
  await nextFrame(video);
  const canvas = document.createElement('canvas');
  drawFrame(video, canvas);
  return encodeFrame(canvas);
}

async function nextFrame(video: HTMLVideoElement): Promise<void> {
  if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, NEXT_FRAME_WITHIN_MS);
    video.requestVideoFrameCallback(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Hold the video's current frame on this canvas, unmirrored, at the size that is sent. */
export function drawFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): void {
  draw(video, video.videoWidth, video.videoHeight, canvas);
}

/** Return a chosen picture file as a smaller JPEG, upright. Rejects what is no picture. */
export async function shrinkPicture(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const canvas = document.createElement('canvas');
    draw(bitmap, bitmap.width, bitmap.height, canvas);
    return await encodeFrame(canvas);
  } finally {
    bitmap.close();
  }
}

/** Return what the canvas holds as a JPEG. */
export async function encodeFrame(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob) resolve(blob);
        else reject(new Error('The frame could not be encoded.'));
      },
      'image/jpeg',
      JPEG_QUALITY,
    );
  });
}

function draw(
  source: CanvasImageSource,
  width: number,
  height: number,
  canvas: HTMLCanvasElement,
): void {
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no 2D canvas.');
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
}
