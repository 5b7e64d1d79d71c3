import { gzipSync } from 'node:zlib';
import { en } from '../src/ui/words/en.ts';
import { expect, test } from './harness/journey.ts';
import { expectGreeting, heading } from './harness/pages.ts';
import { registered, signedUp, signIn } from './harness/people.ts';

const PAGES = [
  ['/', en.landing.title],
  ['/sign-up', en.signUp.title],
  ['/sign-in', en.signIn.title],
  ['/welcome', en.sessionEnded.title],
  ['/me', en.sessionEnded.title],
] as const;
const SIGN_IN_JS_BYTES = 150_000;

for (const [path, title] of PAGES) {
  test(`reloading ${path} gives ${path}`, async ({ page }) => {
    const first = await page.goto(path);
    expect(first?.status()).toBe(200);
    await expect(heading(page, title)).toBeVisible();
    const second = await page.reload();
    expect(second?.status()).toBe(200);
    await expect(heading(page, title)).toBeVisible();
    await expect(page).toHaveURL(path);
    await expect(page).toHaveTitle(/facelogin/);
  });
}

test('reloading pages of a session keeps the session', async ({ page, context, server }) => {
  const person = await signedUp(context, server);
  await page.goto('/me');
  await page.reload();
  await expect(page.getByText(person.email)).toBeVisible();
  await page.goto('/welcome');
  await page.reload();
  await expectGreeting(page, person);
});

for (const path of ['/nope', '/sign-in/deeper', '/assets/nope.js']) {
  test(`${path} is not there, and the page says so`, async ({ page }) => {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(404);
    await expect(heading(page, en.notFound.title)).toBeVisible();
    await page.getByRole('link', { name: en.notFound.home, exact: true }).click();
    await expect(heading(page, en.landing.title)).toBeVisible();
  });
}

for (const [resource, path] of [
  ['/register', '/sign-up'],
  ['/login', '/sign-in'],
  ['/greeting', '/welcome'],
  ['/account', '/me'],
] as const) {
  test(`whoever goes to ${resource} lands on ${path}`, async ({ page }) => {
    await page.goto(resource);
    await expect(page).toHaveURL(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  });
}

test('the sign-in page loads at most 150 kB of compressed scripts, guidance apart', async ({
  page,
}) => {
  const scripts: Promise<{ url: string; bytes: number }>[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.endsWith('.js') || pathname.includes('guidance')) return;
    const size = async () => ({ url: pathname, bytes: gzipSync(await response.body()).length });
    scripts.push(size());
  });
  await page.goto('/sign-in', { waitUntil: 'networkidle' });
  const loaded = await Promise.all(scripts);
  expect(loaded.length).toBeGreaterThan(0);
  const total = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total).toBeLessThanOrEqual(SIGN_IN_JS_BYTES);
});

test.describe('on a screen 320 px wide', () => {
  test.use({ viewport: { width: 320, height: 568 }, camera: 'nobody', guide: 'real' });

  test('no page scrolls sideways', async ({ page, context, server }) => {
    const person = await registered(server);
    const wide: string[] = [];
    const measure = async (path: string, shown = page.getByRole('heading', { level: 1 })) => {
      await page.goto(path);
      await expect(shown).toBeVisible();
      const over = await page.evaluate(async () => {
        await document.fonts.ready;
        return document.documentElement.scrollWidth - document.documentElement.clientWidth;
      });
      if (over > 0) wide.push(`${path} by ${over} px`);
    };
    for (const [path, title] of PAGES) await measure(path, heading(page, title));
    await measure('/nope');
    await page.evaluate((name) => {
      localStorage.setItem('facelogin-name', name);
    }, person.username);
    await measure('/sign-in', page.getByText(en.camera.hints.no_face).first());
    await signIn(context, server, person);
    await measure('/welcome', heading(page, en.welcome.greeting(person.username)));
    await measure('/me', page.getByText(person.email));
    expect(wide).toEqual([]);
  });
});
