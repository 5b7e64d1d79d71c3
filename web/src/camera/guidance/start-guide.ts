import type { View } from '../view';
import workerAddress from './guidance-worker.ts?worker&url';
import type { GuidanceReply, LookRequest } from './messages';
import { trustedScript } from './trusted-script';

/** Long enough for a slow line; after that the button alone must do. */
const READY_WITHIN_MS = 20_000;
/** The longest side that the networks are given, in pixels. */
const LOOK_SIDE_PX = 480;
/** The name of the performance measure of each look, from frame to view. */
export const LOOK_MEASURE = 'facelogin-look';

export interface Guide {
  /** Say what is to be seen on this frame, drawn just now. One look at a time. */
  readonly look: (frame: HTMLCanvasElement) => Promise<View>;
  readonly stop: () => void;
}

interface GuideEvents {
  readonly onReady: () => void;
  readonly onLost: () => void;
}

/** Start the worker that finds faces. It calls exactly one of the two, unless stopped before. */
export function startGuide({ onReady, onLost }: GuideEvents): Guide {
  let worker: Worker | null = null;
  let pending: { resolve: (view: View) => void; reject: (error: Error) => void } | null = null;
  const timer = setTimeout(lose, READY_WITHIN_MS);

  function stop(): void {
    clearTimeout(timer);
    worker?.terminate();
    worker = null;
    pending?.reject(new Error('Guidance has stopped.'));
    pending = null;
    performance.clearMeasures(LOOK_MEASURE);
  }

  function lose(): void {
    stop();
    onLost();
  }

  function hear({ data }: MessageEvent<GuidanceReply>): void {
    if (data.kind === 'lost') {
      lose();
    } else if (data.kind === 'ready') {
      clearTimeout(timer);
      onReady();
    } else {
      performance.measure(LOOK_MEASURE, { start: data.view.atMs, end: performance.now() });
      pending?.resolve(data.view);
      pending = null;
    }
  }

  try {
    worker = new Worker(trustedScript(workerAddress), { type: 'module' });
    worker.onmessage = hear;
    worker.onerror = lose;
  } catch {
    queueMicrotask(lose);
  }

  return {
    stop,
    async look(frame) {
      const request = await lookRequest(frame);
      return new Promise((resolve, reject) => {
        if (!worker || pending) {
          request.bitmap.close();
          reject(new Error('Guidance is not there, or busy.'));
          return;
        }
        pending = { resolve, reject };
        worker.postMessage(request, [request.bitmap]);
      });
    },
  };
}

async function lookRequest(frame: HTMLCanvasElement): Promise<LookRequest> {
  const scale = Math.min(1, LOOK_SIDE_PX / Math.max(frame.width, frame.height));
  const atMs = performance.now();
  const bitmap = await createImageBitmap(frame, {
    resizeWidth: Math.max(1, Math.round(frame.width * scale)),
    resizeHeight: Math.max(1, Math.round(frame.height * scale)),
    resizeQuality: 'low',
  });
  return { atMs, bitmap };
}
