import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser, BrowserType } from '@playwright/test';
import { CLIPS, SHARED_CLIPS, type Scene } from './places.ts';

/** What the browser has for a camera: one that shows a clip, one that it may not use, or none. */
export type CameraKind = Scene | `shared:${string}` | 'denied' | 'absent';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** The browser of one worker. Its camera is chosen at launch, so another camera is another launch. */
export class Browsers {
  private current: { camera: CameraKind; browser: Browser } | null = null;

  constructor(private readonly chromium: BrowserType) {}

  async with(camera: CameraKind): Promise<Browser> {
    if (this.current?.camera === camera) return this.current.browser;
    await this.end();
    const executablePath = ownChromium();
    const browser = await this.chromium.launch({
      args: [...QUIET, ...cameraFlags(camera)],
      ...(executablePath !== null && { executablePath }),
    });
    this.current = { camera, browser };
    return browser;
  }

  async end(): Promise<void> {
    await this.current?.browser.close();
    this.current = null;
  }
}

function cameraFlags(camera: CameraKind): string[] {
  if (camera === 'absent') return ['--use-fake-ui-for-media-stream'];
  if (camera === 'denied') {
    return ['--use-fake-device-for-media-stream', '--deny-permission-prompts'];
  }
  return [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${clipPath(camera)}`,
  ];
}

function clipPath(camera: Exclude<CameraKind, 'denied' | 'absent'>): string {
  const shared = /^shared:(.+)$/.exec(camera)?.[1];
  return shared ? join(SHARED_CLIPS, shared) : join(CLIPS, `${camera}.y4m`);
}

/** The machine's own Chromium; null where there is none, and Playwright's is used. */
function ownChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.map((folder) => join(folder, 'chromium'));
  return candidates.find((path) => existsSync(path)) ?? null;
}
