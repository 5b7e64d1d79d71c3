import { test as base, expect, type BrowserContext } from '@playwright/test';
import { Browsers, type CameraKind } from './browsers.ts';
import { useLightGuide, type GuideKind } from './light-guide.ts';
import type { Server, Settings, Store } from './server.ts';
import { Servers } from './servers.ts';
import { watch } from './watch.ts';

interface Journey {
  /** What the browser has for a camera. */
  readonly camera: CameraKind;
  /** Who looks at the camera's picture: the page's own networks where the journey is about them. */
  readonly guide: GuideKind;
  /** What this test breaks on purpose, so that the page may complain of it on its console. */
  readonly brokenOnPurpose: RegExp | null;
  /** What the operator of this server has set. */
  readonly settings: Settings;
  /** Whether this test file needs a server that no other one has used, or ever uses after it. */
  readonly ownServer: boolean;
  /** The running facelogin of this journey. */
  readonly server: Server;
  /** Another person's browser, or the same person's on another device: it shares nothing. */
  readonly anotherContext: () => Promise<BrowserContext>;
}

export interface Harness {
  readonly store: Store;
}

interface Worker extends Harness {
  readonly servers: Servers;
  readonly browsers: Browsers;
}

const START_MS = 480_000;

/**
 * A test with a running server, a browser with a fake camera, and a watch over all that its pages
 * do: a request that leaves the origin, a breach of the policy or an uncaught error fails it.
 */
export const test = base.extend<Journey, Worker>({
  store: ['sqlite', { option: true, scope: 'worker' }],
  camera: ['obama', { option: true }],
  guide: ['light', { option: true }],
  brokenOnPurpose: [null, { option: true }],
  settings: [{}, { option: true }],
  ownServer: [false, { option: true }],
  servers: [
    async ({ store }, use) => {
      const servers = new Servers(store);
      await use(servers);
      await servers.end();
    },
    { scope: 'worker', timeout: START_MS },
  ],
  browsers: [
    async ({ playwright }, use) => {
      const browsers = new Browsers(playwright.chromium);
      await use(browsers);
      await browsers.end();
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ servers, settings, ownServer }, use, { file, repeatEachIndex }) => {
      const owner = ownServer ? `${file} ${repeatEachIndex}` : null;
      await use(await servers.of(settings, owner));
    },
    { timeout: START_MS },
  ],
  baseURL: async ({ server }, use) => {
    await use(server.url);
  },
  anotherContext: async ({ browsers, camera, guide, server, brokenOnPurpose }, use) => {
    const browser = await browsers.with(camera);
    const opened: { context: BrowserContext; noted: readonly string[] }[] = [];
    await use(async () => {
      const context = await browser.newContext();
      opened.push({ context, noted: await watch(context, server.url) });
      if (guide === 'light') await useLightGuide(context);
      return context;
    });
    for (const { context } of opened) await context.close();
    const noted = opened
      .flatMap((each) => each.noted)
      .filter((complaint) => !brokenOnPurpose?.test(complaint));
    expect(noted, 'what the pages must never do').toEqual([]);
  },
  context: async ({ anotherContext }, use) => {
    await use(await anotherContext());
  },
  page: async ({ context }, use) => {
    await use(await context.newPage());
  },
});

/** The tag of a journey in which the store has no part, within a file where it has one. */
export const ONCE = { tag: '@once' };

export { expect } from '@playwright/test';
