import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { BrowserContext, Page } from '@playwright/test';
import { de } from '../src/ui/words/de.ts';
import { en } from '../src/ui/words/en.ts';
import { expect, test as journey } from './harness/journey.ts';
import { nginxIsHere, startNginx, type Nginx } from './harness/nginx.ts';
import {
  agree,
  button,
  CAPTURE_MS,
  fillDetails,
  heading,
  keepCodes,
  link,
} from './harness/pages.ts';
import { somebody } from './harness/people.ts';
import { Server } from './harness/server.ts';
import { watch } from './harness/watch.ts';

const PATH = '/face';

/** A test with a server that people reach below a path of nginx's host. */
const test = journey.extend<{ nginx: Nginx }>({
  nginx: [
    async ({ settings }, use) => {
      const port = await freePort();
      const nginx = await startNginx(port, PATH);
      const server = new Server(
        null,
        {
          ...settings,
          FACELOGIN_PUBLIC_URL: `${nginx.whole}${PATH}`,
          FACELOGIN_TRUSTED_PROXIES: '127.0.0.1',
        },
        port,
      );
      try {
        await server.start();
        await use(nginx);
      } finally {
        await server.end();
        await nginx.child.stop();
      }
    },
    { timeout: 180_000 },
  ],
});

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}

/** Everything that a browser asked for and was told, and what its pages said on their consoles. */
class Traffic {
  readonly addresses: URL[] = [];
  readonly said: string[] = [];

  constructor(context: BrowserContext) {
    context.on('request', (request) => this.addresses.push(new URL(request.url())));
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? 'failed';
      // Whatever a page still waits for when it is left is given up.
      if (why !== 'net::ERR_ABORTED') this.said.push(`${why}: ${request.url()}`);
    });
    context.on('console', (message) => this.said.push(message.text()));
    context.on('response', (response) => {
      if (response.status() >= 400) this.said.push(`${response.status()} ${response.url()}`);
    });
  }

  /** What was asked for on the host itself, by path. */
  paths(): readonly string[] {
    return this.addresses
      .filter(({ protocol }) => protocol === 'http:')
      .map(({ pathname }) => pathname);
  }
}

test.describe("where the page's own networks guide", () => {
  test.use({ guide: 'real' });
  test.setTimeout(240_000);
  test.skip(!nginxIsHere(), 'there is no nginx here');

  for (const way of ['whole', 'stripped'] as const) {
    test(`below a path that nginx ${way === 'whole' ? 'passes on' : 'takes off'}, people sign up, in and out`, async ({
      browsers,
      nginx,
    }) => {
      const root = `${nginx[way]}${PATH}`;
      const home = new RegExp(`^${root}/?$`);
      const browser = await browsers.with('obama');
      const context = await browser.newContext();
      const noted = await watch(context, nginx[way]);
      const traffic = new Traffic(context);
      const page = await context.newPage();
      const person = somebody();

      await page.goto(root);
      await expect(page).toHaveURL(home);
      await link(page, en.landing.signUp).click();
      await fillDetails(page, person);
      await expect(page).toHaveURL(new RegExp(`^${root}/sign-up`));
      await agree(page);
      await keepCodes(page);
      await expect(heading(page, en.welcome.firstGreeting(person.username))).toBeVisible();
      await expect(page).toHaveURL(`${root}/welcome`);
      const cookies = await context.cookies();
      expect(cookies.length).toBeGreaterThan(0);
      expect(new Set(cookies.map(({ path }) => path))).toEqual(new Set([PATH]));

      await page.goto(`${root}/me`);
      await page.reload();
      await expect(page.getByText(person.email)).toBeVisible();
      await expect(page).toHaveURL(`${root}/me`);
      await button(page, en.me.signOut).click();
      await expect(page.getByText(en.welcome.signedOut)).toBeVisible();
      await expect(page).toHaveURL(home);

      await link(page, en.landing.signIn).click();
      await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
      await button(page, en.signIn.look).click();
      const greeting = heading(page, en.welcome.greeting(person.username));
      await expect(greeting).toBeVisible({ timeout: CAPTURE_MS });
      await page.reload();
      await expect(greeting).toBeVisible();
      await expect(page).toHaveURL(`${root}/welcome`);

      const german = await browser.newContext({ locale: 'de-DE' });
      const elsewhere = new Traffic(german);
      await expectGerman(await german.newPage(), `${root}/sign-in`);
      await german.close();
      await context.close();

      expect(noted, 'what the pages must never do').toEqual([]);
      expect([...traffic.said, ...elsewhere.said], 'what the consoles show').toEqual([]);
      const asked = [...traffic.paths(), ...elsewhere.paths()];
      expect(asked.filter((path) => path !== PATH && !path.startsWith(`${PATH}/`))).toEqual([]);
      for (const kind of ['.js', '.css', '.wasm', '.bin', '.json', '.woff2']) {
        expect(
          asked.some((path) => path.endsWith(kind)),
          `a file ending in ${kind}`,
        ).toBe(true);
      }
    });
  }
});

/** The words of another language are a file of their own. */
async function expectGerman(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(heading(page, de.signIn.title)).toBeVisible();
}
