import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { FILMS } from './places.ts';

/** What is before the camera of a live capture. */
export type FilmName =
  'person' | 'somebody-else' | 'still-print' | 'flat-print' | 'bent-print' | 'other-way';

/** The first line of a film: where the frames of each step begin and end in the bytes after it. */
interface Index {
  readonly frame_ms: number;
  readonly steps: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

const ADDRESS = '/film-for-the-camera';
/** A picture changes this often, as a camera's does. */
const TICK_MS = 45;

/**
 * Put a film before the camera of this page: it plays the part for the step that the page shows,
 * from the moment it is shown, up to the frame where it is held, so many times as fast. No file that Chromium loops could follow a random order.
 */
export async function playFilm(
  page: Page,
  name: FilmName,
  { heldAt = Number.MAX_SAFE_INTEGER, pace = 1 }: { heldAt?: number; pace?: number } = {},
): Promise<void> {
  const body = readFileSync(join(FILMS, `${name}.film`));
  await page.route(`**${ADDRESS}`, (route) =>
    route.fulfill({ body, contentType: 'application/octet-stream' }),
  );
  await page.addInitScript(installCamera, { address: ADDRESS, tickMs: TICK_MS, heldAt, pace });
}

interface CameraOptions {
  readonly address: string;
  readonly tickMs: number;
  readonly heldAt: number;
  readonly pace: number;
}

/** Runs in the page, so it knows nothing of this module. */
function installCamera({ address, tickMs, heldAt, pace }: CameraOptions): void {
  const load = async () => {
    const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
    const head = bytes.indexOf('\n'.charCodeAt(0));
    const film = JSON.parse(new TextDecoder().decode(bytes.subarray(0, head))) as Index;
    const frames = bytes.subarray(head + 1);
    const decode = ([from, to]: readonly [number, number]) =>
      createImageBitmap(new Blob([frames.subarray(from, to)], { type: 'image/jpeg' }));
    const parts = await Promise.all(
      Object.entries(film.steps).map(async ([step, places]) => {
        const shown = step === 'idle' ? places : places.slice(0, heldAt + 1);
        return [step, await Promise.all(shown.map(decode))] as const;
      }),
    );
    return { frameMs: film.frame_ms / pace, parts: new Map(parts) };
  };
  const loaded = load();

  /** Noise, so that no two frames are the same to the byte, as no camera's are. */
  const noise = () => {
    const canvas = new OffscreenCanvas(704, 544);
    const context = canvas.getContext('2d')!;
    const grain = context.createImageData(canvas.width, canvas.height);
    for (let at = 0; at < grain.data.length; at += 4) {
      grain.data.fill(Math.random() * 256, at, at + 3);
      grain.data[at + 3] = 6;
    }
    context.putImageData(grain, 0, 0);
    return canvas;
  };

  navigator.mediaDevices.getUserMedia = async () => {
    const { frameMs, parts } = await loaded;
    const grain = noise();
    const canvas = document.createElement('canvas');
    canvas.width = 640;
    canvas.height = 480;
    const context = canvas.getContext('2d')!;
    let step = 'idle';
    let sinceMs = performance.now();
    const draw = () => {
      const shown = document.querySelector<HTMLElement>('[data-step]')?.dataset['step'] ?? 'idle';
      if (shown !== step) {
        step = shown;
        sinceMs = performance.now();
      }
      const idle = parts.get('idle')!;
      const number = Math.floor((performance.now() - sinceMs) / frameMs);
      const frame = parts.get(step)?.[Math.min(number, heldAt)] ?? idle[number % idle.length]!;
      context.drawImage(frame, 0, 0);
      context.drawImage(grain, -Math.random() * 64, -Math.random() * 64);
    };
    draw();
    const timer = setInterval(draw, tickMs);
    const stream = canvas.captureStream();
    const [track] = stream.getVideoTracks();
    const stop = track!.stop.bind(track);
    track!.stop = () => {
      clearInterval(timer);
      stop();
    };
    return stream;
  };
}
