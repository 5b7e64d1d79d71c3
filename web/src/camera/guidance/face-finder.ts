import { Human, type Config, type FaceResult, type Tensor } from '@vladmandic/human';
import type { SeenFace, View } from '../view';

type Find = (bitmap: ImageBitmap) => Promise<Omit<View, 'atMs'>>;

/** The part of TensorFlow.js that is used here; the library types its own as `any`. */
interface Tensors {
  readonly browser: { fromPixels(pixels: ImageData): Tensor };
  dispose(tensor: Tensor): void;
  getBackend(): string;
}

const SECOND_FACE_RATIO = 0.5;
const DEGREES = 180 / Math.PI;

/** A module with one SIMD instruction: it validates only where the browser has SIMD. */
const SIMD_PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
]);

// The library's angles against those that the server refuses by, fitted on 235 frames of six moving
// heads: both grow with slope -1.5 (r = -0.99 where a head turns), and its pitch of a level head is
// off by 4.5 degrees.
const YAW_GAIN = -1.48;
const PITCH_GAIN = -1.5;
const PITCH_AT_LEVEL_DEG = 4.5;

// Relative to this script, which may be served below any path of its host.
const SCRIPT = import.meta.url;
const GUIDANCE_FILES = new URL(__GUIDANCE_FILES__, SCRIPT).href;

const OFF = { enabled: false };
const CONFIG: Partial<Config> = {
  backend: 'wasm',
  wasmPath: GUIDANCE_FILES,
  modelBasePath: GUIDANCE_FILES,
  cacheModels: false,
  validateModels: false,
  warmup: 'none',
  cacheSensitivity: 0,
  filter: OFF,
  gesture: OFF,
  body: OFF,
  hand: OFF,
  object: OFF,
  segmentation: OFF,
  face: {
    enabled: true,
    detector: { modelPath: 'blazeface.json', maxDetected: 3, minConfidence: 0.4, rotation: false },
    mesh: { enabled: true, modelPath: 'facemesh.json' },
    attention: OFF,
    iris: OFF,
    emotion: OFF,
    description: OFF,
    antispoof: OFF,
    liveness: OFF,
  },
};

/** Human tells its version on the console of every browser, whatever it is set to. */
function silently<Made>(make: () => Made): Made {
  const { log } = console;
  console.log = () => undefined;
  try {
    return make();
  } finally {
    console.log = log;
  }
}

/** Load the two networks and return what finds faces with them. Rejects where they can't run. */
export async function loadFinder(): Promise<Find> {
  if (!WebAssembly.validate(SIMD_PROBE)) throw new Error('This browser has no WebAssembly SIMD.');
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives workers no 2D canvas.');
  const human = silently(() => new Human(CONFIG));
  await human.init();
  await human.load();
  if (tensorsOf(human).getBackend() !== 'wasm')
    throw new Error('The WebAssembly backend did not start.');
  return async (bitmap) => {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return describe(await findFaces(human, pixels), pixels);
  };
}

async function findFaces(human: Human, pixels: ImageData): Promise<FaceResult[]> {
  const tf = tensorsOf(human);
  const tensor = tf.browser.fromPixels(pixels);
  try {
    const { face, error } = await human.detect(tensor);
    if (error) throw new Error(error);
    return face;
  } finally {
    tf.dispose(tensor);
  }
}

function tensorsOf(human: Human): Tensors {
  return human.tf as Tensors;
}

function describe(faces: readonly FaceResult[], pixels: ImageData): Omit<View, 'atMs'> {
  const [nearest, ...others] = [...faces].sort((a, b) => b.box[2] - a.box[2]);
  if (!nearest) return { faces: 0, face: null };
  const rivals = others.filter(({ box }) => box[2] >= SECOND_FACE_RATIO * nearest.box[2]);
  return { faces: 1 + rivals.length, face: seenFace(nearest, pixels) };
}

function seenFace({ box, rotation }: FaceResult, pixels: ImageData): SeenFace {
  const [left, top, width, height] = box;
  const short = Math.min(pixels.width, pixels.height);
  return {
    offX: (left + width / 2 - pixels.width / 2) / short,
    offY: (top + height / 2 - pixels.height / 2) / short,
    width: width / short,
    luma: meanLuma(pixels, box),
    yawDeg: YAW_GAIN * (rotation?.angle.yaw ?? 0) * DEGREES,
    pitchDeg: PITCH_AT_LEVEL_DEG + PITCH_GAIN * (rotation?.angle.pitch ?? 0) * DEGREES,
  };
}

/** Return the mean of Y' (BT.601) over every second pixel and line of the box's part inside. */
function meanLuma(
  { data, width, height }: ImageData,
  [x, y, boxWidth, boxHeight]: FaceResult['box'],
): number {
  const right = Math.min(width, x + boxWidth);
  const bottom = Math.min(height, y + boxHeight);
  let sum = 0;
  let count = 0;
  for (let row = Math.max(0, Math.round(y)); row < bottom; row += 2) {
    for (let column = Math.max(0, Math.round(x)); column < right; column += 2) {
      const at = (row * width + column) * 4;
      sum += 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
      count += 1;
    }
  }
  return count === 0 ? 0 : sum / count;
}
