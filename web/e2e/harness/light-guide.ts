import type { BrowserContext } from '@playwright/test';
import type { GuidanceReply, LookRequest } from '../../src/camera/guidance/messages.ts';

/** Who looks at the camera's picture: the page's own networks, or a stand-in that costs nothing. */
export type GuideKind = 'real' | 'light';

/**
 * Put a stand-in in the place of the worker with the networks, in every page of this browser. It
 * finds one good face on whatever is not black, so a capture goes on by itself, as fast as it may.
 */
export async function useLightGuide(context: BrowserContext): Promise<void> {
  await context.addInitScript(installGuide);
}

/** Runs in the page, so it knows nothing of this module. */
function installGuide(): void {
  /** Straight enough for a picture from the front, and turned enough for one from either side. */
  const TURNED_DEG = 10;
  /** A picture is taken after three good looks in a row. */
  const LOOKS_A_SIDE = 4;
  const SIDE_PX = 8;
  const BLACK = 16;

  class LightGuide {
    onmessage: ((event: MessageEvent<GuidanceReply>) => void) | null = null;
    onerror: (() => void) | null = null;
    private readonly context = new OffscreenCanvas(SIDE_PX, SIDE_PX).getContext('2d', {
      willReadFrequently: true,
    })!;
    private looks = 0;
    private ended = false;

    constructor() {
      this.say({ kind: 'ready' });
    }

    postMessage({ atMs, bitmap }: LookRequest): void {
      const isBlack = this.isBlack(bitmap);
      bitmap.close();
      if (isBlack) {
        this.say({ kind: 'view', view: { atMs, faces: 0, face: null } });
        return;
      }
      const isLeft = Math.floor(this.looks / LOOKS_A_SIDE) % 2 === 0;
      this.looks += 1;
      const yawDeg = isLeft ? TURNED_DEG : -TURNED_DEG;
      const face = { offX: 0, offY: 0, width: 0.4, luma: 120, yawDeg, pitchDeg: 0 };
      this.say({ kind: 'view', view: { atMs, faces: 1, face } });
    }

    terminate(): void {
      this.ended = true;
    }

    /** The first pictures of a camera that has just been opened may be. */
    private isBlack(bitmap: ImageBitmap): boolean {
      this.context.drawImage(bitmap, 0, 0, SIDE_PX, SIDE_PX);
      const { data } = this.context.getImageData(0, 0, SIDE_PX, SIDE_PX);
      return data.every((level, at) => at % 4 === 3 || level < BLACK);
    }

    private say(data: GuidanceReply): void {
      setTimeout(() => {
        if (!this.ended) this.onmessage?.(new MessageEvent('message', { data }));
      });
    }
  }

  window.Worker = LightGuide as unknown as typeof Worker;
}
