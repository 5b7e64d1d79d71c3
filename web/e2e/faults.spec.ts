import type { Page, Route } from '@playwright/test';
import { en } from '../src/ui/words/en.ts';
import { expect, test } from './harness/journey.ts';
import {
  agree,
  button,
  CAPTURE_MS,
  expectGreeting,
  fillDetails,
  heading,
  nameThemselves,
  refusal,
  requestsTo,
  takeThree,
  withoutGuidance,
} from './harness/pages.ts';
import { registered, signedUp, somebody } from './harness/people.ts';

/** Longer than the page may wait for an answer that needs a face to be looked at. */
const GIVEN_UP_MS = 35_000;

declare global {
  interface Window {
    patienceMs: number | undefined;
  }
}

/** Let the page's first long wait for an answer end at once; say how long it would have been. */
async function shortenPatience(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const timeout = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, 'timeout')!;
    Object.defineProperty(XMLHttpRequest.prototype, 'timeout', {
      ...timeout,
      set(this: XMLHttpRequest, ms: number) {
        const isShortened = ms > 10_000 && window.patienceMs === undefined;
        if (isShortened) window.patienceMs = ms;
        timeout.set!.call(this, isShortened ? 1 : ms);
      },
    });
  });
  return async () => (await page.evaluate(() => window.patienceMs)) ?? Infinity;
}

/** Hold every request to one address until the test lets it go. */
async function hold(page: Page, address: string): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(address, async (route: Route) => {
    await released;
    await route.continue().catch(() => undefined); // the page may have given up meanwhile
  });
  return release;
}

/** Answer as facelogin answers when something is wrong. */
function refuse(status: number, code: string, more: object = {}) {
  return (route: Route) =>
    route.fulfill({
      status,
      json: { message: 'No.', code, request_id: 'a1b2c3d4e5f60718', ...more },
    });
}

test('a server that is down is said to be, and the same pages go on once it is back', async ({
  page,
  server,
  anotherContext,
}) => {
  const elsewhere = await anotherContext();
  const greeted = await signedUp(elsewhere, server);
  const welcome = await elsewhere.newPage();
  await welcome.goto('/welcome');
  await expectGreeting(welcome, greeted);
  const person = await registered(server);
  await page.goto('/sign-in');
  const camera = ['js', 'css'].map((kind) =>
    page.waitForResponse((response) => new RegExp(`/camera-[^/]*\\.${kind}$`).test(response.url())),
  );
  await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
  await Promise.all(camera);
  await server.stop();
  try {
    await button(page, en.signIn.look).click();
    await expect(refusal(page)).toHaveText(en.codes['offline']!, { timeout: CAPTURE_MS });
    await button(welcome, en.welcome.signOut).click();
    await expect(refusal(welcome)).toHaveText(en.codes['offline']!);
  } finally {
    await server.start();
  }
  await button(page, en.failure.tryAgain).click();
  await expectGreeting(page, person);
  await button(welcome, en.welcome.signOut).click();
  await expect(welcome.getByText(en.welcome.signedOut)).toBeVisible();
});

test('a slow answer shows that something is under way, then the greeting', async ({
  page,
  server,
}) => {
  const person = await registered(server);
  const release = await hold(page, '**/login');
  await nameThemselves(page, person);
  await expect(page.getByText(en.camera.checking)).toBeVisible();
  await expect(page.locator('video')).toHaveCount(0);
  release();
  await expectGreeting(page, person);
});

test('an answer that never comes is given up on, in words and with a way on', async ({
  page,
  server,
}) => {
  const person = await registered(server);
  const patience = await shortenPatience(page);
  const release = await hold(page, '**/login');
  await nameThemselves(page, person);
  await expect(refusal(page)).toHaveText(en.codes['timed_out']!);
  expect(await patience()).toBeLessThanOrEqual(GIVEN_UP_MS);
  release();
  await page.unroute('**/login');
  await button(page, en.failure.tryAgain).click();
  await expectGreeting(page, person);
});

for (const [status, code] of [
  [500, 'internal_error'],
  [503, 'busy'],
  [503, 'store_unavailable'],
] as const) {
  test(`a ${status} ${code} has a sentence, and trying again works`, async ({ page, server }) => {
    const person = await registered(server);
    await page.route('**/login', refuse(status, code));
    await nameThemselves(page, person);
    await expect(refusal(page)).toContainText(en.codes[code]!);
    await page.unroute('**/login');
    await button(page, en.failure.tryAgain).click();
    await expectGreeting(page, person);
  });
}

test('a proxy that answers with its own page of HTML is explained too', async ({
  page,
  server,
}) => {
  await page.route('**/login', (route) =>
    route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
  );
  await nameThemselves(page, await registered(server));
  await expect(refusal(page)).toHaveText(en.codes['busy']!);
  await expect(button(page, en.failure.tryAgain)).toBeVisible();
});

test('too many attempts show the time that is left, and the way opens after it', async ({
  page,
  server,
}) => {
  const person = await registered(server);
  await page.route('**/login', refuse(429, 'too_many_attempts', { retry_after_s: 3 }));
  await nameThemselves(page, person);
  await expect(refusal(page)).toHaveText(en.codes['too_many_attempts']!);
  const timer = page.getByRole('timer');
  await expect(timer).toHaveText(/You can try again in [123] seconds?\./);
  const again = button(page, en.failure.tryAgain);
  await expect(again).toHaveAttribute('aria-disabled', 'true');
  await page.unroute('**/login');
  await expect(timer).toHaveText(en.failure.mayRetry);
  await expect(again).toHaveAttribute('aria-disabled', 'false');
  await again.click();
  await expectGreeting(page, person);
});

test('a start page whose answers fail still leads on', async ({ page }) => {
  await page.route(/\/session(\?|$)/, refuse(500, 'internal_error'));
  await page.route('**/config', refuse(500, 'internal_error'));
  await page.goto('/');
  await expect(heading(page, en.landing.title)).toBeVisible();
  await page.goto('/sign-up');
  await expect(refusal(page)).toContainText(en.codes['internal_error']!);
  await page.unroute('**/config');
  await button(page, en.failure.tryAgain).click();
  await expect(page.getByLabel(en.signUp.email)).toBeVisible();
});

test('pressing the button twice takes and sends once', async ({ page, server }) => {
  const logins = requestsTo(page, 'POST', '/login');
  const person = await registered(server);
  await withoutGuidance(page);
  await nameThemselves(page, person);
  const shutter = button(page, en.camera.press);
  await expect(shutter).toHaveAttribute('aria-disabled', 'false');
  await shutter.dblclick();
  await expectGreeting(page, person);
  expect(logins).toHaveLength(1);
});

test('a form that is sent twice registers once', async ({ page }) => {
  test.setTimeout(90_000);
  const registrations = requestsTo(page, 'POST', '/register');
  const person = somebody();
  await withoutGuidance(page);
  await page.goto('/sign-up');
  await fillDetails(page, person);
  await agree(page);
  await takeThree(page, (shutter) => shutter.dblclick());
  await expect(heading(page, en.recovery.keepTitle)).toBeVisible();
  expect(registrations).toHaveLength(1);
});
