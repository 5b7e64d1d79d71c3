import type { Page } from '@playwright/test';

declare global {
  interface Window {
    sentFrames: Blob[];
  }
}

/** Keep every picture that pages of this tab put into a form, so that it can be looked at. */
export async function keepFrames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.sentFrames = [];
    window.FormData = class extends FormData {
      override append(name: string, value: string | Blob, filename?: string): void {
        if (typeof value === 'string') {
          super.append(name, value);
          return;
        }
        window.sentFrames.push(value);
        super.append(name, value, filename);
      }
    };
  });
}

/** How light the left and the right quarter of the last picture are, 0 to 255. */
export async function lightOfLastFrame(page: Page): Promise<{ left: number; right: number }> {
  return page.evaluate(async () => {
    const frame = window.sentFrames.at(-1);
    if (!frame) throw new Error('no picture was sent');
    const bitmap = await createImageBitmap(frame);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const light = (x: number) => {
      const { data } = context.getImageData(x, 0, bitmap.width / 4, bitmap.height / 4);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum += data[at]!;
      return sum / (data.length / 4);
    };
    return { left: light(0), right: light((bitmap.width * 3) / 4) };
  });
}
