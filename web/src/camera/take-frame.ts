/** The longest side of a frame that is sent, in pixels. */
export const LONGEST_SIDE_PX = 1280;
const JPEG_QUALITY = 0.9;
const JPEG_START = [0xff, 0xd8, 0xff];
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
  const canvas = document.createElement('canvas');
  const start = new Uint8Array(await file.slice(0, JPEG_START.length).arrayBuffer());
  await (JPEG_START.every((byte, at) => byte === start[at]) ? drawJpeg : drawAny)(file, canvas);
  return encodeFrame(canvas);
}

/**
 * A bitmap of a phone's 48 megapixels takes 190 MB. An image element is decoded when it is drawn,
 * which browsers do with a JPEG at about the size that is asked for.
 */
async function drawJpeg(file: Blob, canvas: HTMLCanvasElement): Promise<void> {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await loaded(picture);
    draw(picture, picture.naturalWidth, picture.naturalHeight, canvas);
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

async function drawAny(file: Blob, canvas: HTMLCanvasElement): Promise<void> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    draw(bitmap, bitmap.width, bitmap.height, canvas);
  } finally {
    bitmap.close();
  }
}

async function loaded(picture: HTMLImageElement): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    picture.onload = () => {
      resolve();
    };
    picture.onerror = () => {
      reject(new Error('That is no picture.'));
    };
  });
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
