import type { Page } from '@playwright/test';

declare global {
  interface Window {
    cameraTracks: MediaStreamTrack[];
  }
}

/** Keep every track that pages of this tab get from the camera, so that it can be asked later. */
export async function keepTracks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.cameraTracks = [];
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      window.cameraTracks.push(...stream.getTracks());
      return stream;
    };
  });
}

/** Whether each track that this page ever got is still `live`, or `ended`. */
export async function trackStates(page: Page): Promise<MediaStreamTrackState[]> {
  return page.evaluate(() => window.cameraTracks.map(({ readyState }) => readyState));
}

/** Hide the page from its person, or show it again: what another tab or a locked phone does. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (isHidden ? 'hidden' : 'visible'),
    });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
