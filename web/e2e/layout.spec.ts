import { type Page } from '@playwright/test';
import { de } from '../src/ui/words/de.ts';
import { en, type Words } from '../src/ui/words/en.ts';
import { es } from '../src/ui/words/es.ts';
import { expectAccessible } from './harness/axe.ts';
import { expect, test } from './harness/journey.ts';
import { expectFocusKept, expectLaidOut } from './harness/layout.ts';
import { button, heading, link, notAskedYet, refusal, withoutGuidance } from './harness/pages.ts';
import { signedUp, somebody } from './harness/people.ts';

const CODES = Array.from({ length: 10 }, (_, index) => `7M2K-QX9D-0V4T-HB${index}E`);
const LANGUAGES: readonly [string, Words][] = [
  ['en-US', en],
  ['de-DE', de],
  ['es-ES', es],
];

/** Expect of a page that it fits every screen and has the focus. */
async function expectFine(page: Page, state: string): Promise<void> {
  await expectFocusKept(page, state);
  await expectLaidOut(page, state);
}

/** Note everything that the page says on its console, and every answer that is an error. */
function complaints(page: Page): readonly string[] {
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('requestfailed', (request) => said.push(`failed: ${request.url()}`));
  return said;
}

for (const [locale, words] of LANGUAGES) {
  test.describe(`in ${locale}`, () => {
    test.use({ locale });

    test('pages for everybody fit every screen, and keep the console empty', async ({ page }) => {
      const said = complaints(page);
      await page.goto('/');
      await expect(heading(page, words.landing.title)).toBeFocused();
      await expectFine(page, 'landing');
      await page.goto('/sign-in');
      const username = page.getByLabel(words.signIn.username, { exact: true });
      await expect(username).toBeFocused();
      await expectFine(page, 'sign-in');
      await button(page, words.signIn.look).click();
      await expect(username).toHaveAttribute('aria-invalid', 'true');
      await expect(username).toBeFocused();
      await expectFine(page, 'sign-in without a name');
      await page.goto('/sign-in?way=code');
      await expect(username).toBeFocused();
      await expectFine(page, 'recovery code');
      await page.goto('/docs');
      await expect(page.getByRole('article').first()).toBeVisible();
      await expect(page.locator('#title')).toBeFocused();
      await expectLaidOut(page, 'docs');
      if (words === en) await expectAccessible(page, 'docs'); // in one language only
      for (const path of ['/favicon.ico', '/apple-touch-icon.png', '/manifest.webmanifest']) {
        expect((await page.request.get(path)).status(), path).toBe(200);
      }
      await page.goto('/welcome');
      await expect(heading(page, words.sessionEnded.title)).toBeFocused();
      await expectFine(page, 'session ended');
      expect(said).toEqual([]);
      await page.goto('/nope');
      await expect(heading(page, words.notFound.title)).toBeFocused();
      await expectFine(page, 'not found');
    });

    test('every step of signing up fits every screen', async ({ page }) => {
      const { email, username } = somebody();
      await notAskedYet(page);
      await withoutGuidance(page);
      await page.route('**/register', (route) =>
        route.fulfill({ status: 201, json: { message: '', user_id: 'u1', recovery_codes: CODES } }),
      );
      await page.goto('/sign-up');
      await expect(page.getByLabel(words.signUp.email)).toBeFocused();
      await button(page, words.signUp.next).click();
      await expect(page.getByLabel(words.signUp.email)).toBeFocused();
      await expectFine(page, 'details');
      await page.getByLabel(words.signUp.email).fill(email);
      await page.getByLabel(words.signUp.username, { exact: true }).fill(username);
      await button(page, words.signUp.next).click();
      await expect(heading(page, words.signUp.consentTitle)).toBeFocused();
      const notice = page.getByRole('region', { name: words.signUp.noticeLabel });
      await expect(notice.locator('[lang]')).toHaveAttribute('lang', locale.slice(0, 2));
      await expectFine(page, 'consent');
      await expectNoticeScrolls(page, words);
      await page.getByLabel(words.signUp.agree).check();
      await button(page, words.signUp.next).click();
      await expect(button(page, words.camera.turnOn)).toBeVisible();
      await expect(heading(page, words.signUp.faceTitle)).toBeFocused();
      await expectFine(page, 'face');
      await button(page, words.camera.turnOn).click();
      for (const shot of [1, 2, 3]) {
        await expect(page.getByText(words.camera.shotOf(shot, 3))).toBeVisible();
        const shutter = button(page, words.camera.press);
        await expect(shutter).toHaveAttribute('aria-disabled', 'false');
        if (shot === 1) await expectFine(page, 'camera');
        await shutter.click();
      }
      await expect(heading(page, words.recovery.keepTitle)).toBeFocused();
      await expectFine(page, 'codes');
    });

    test('pages of who is signed in fit every screen, and a toast covers nothing', async ({
      page,
      context,
      server,
    }) => {
      const person = await signedUp(context, server);
      await page.goto('/welcome');
      await expect(heading(page, words.welcome.greeting(person.username))).toBeFocused();
      await expectFine(page, 'welcome');
      await page.goto('/me');
      await expect(page.getByText(person.email)).toBeVisible();
      await expectFine(page, 'me');
      await button(page, words.me.signOut).click();
      await expect(page.getByText(words.welcome.signedOut)).toBeVisible();
      await expect(heading(page, words.landing.title)).toBeFocused();
      // As if the person looked at another window: the toast stays as long.
      await page.evaluate(() => window.dispatchEvent(new Event('blur')));
      await expectFine(page, 'landing with a toast');
      await expect(page.getByText(words.welcome.signedOut)).toBeInViewport();
      await withoutGuidance(page);
      await page.route('**/login', (route) =>
        route.fulfill({
          status: 401,
          json: { message: 'No.', code: 'not_recognised', request_id: 'a1b2c3d4e5f60718' },
        }),
      );
      await link(page, words.landing.signIn).click();
      await page.getByLabel(words.signIn.username, { exact: true }).fill(person.username);
      await button(page, words.signIn.look).click();
      const shutter = button(page, words.camera.press);
      await expect(shutter).toHaveAttribute('aria-disabled', 'false');
      await shutter.click();
      await expect(refusal(page)).toHaveText(words.codes['not_recognised']!);
      await expectFine(page, 'refused');
    });
  });
}

/** Expect that a notice with more below says so, and that the keyboard reaches its end. */
async function expectNoticeScrolls(page: Page, words: Words): Promise<void> {
  await page.setViewportSize({ width: 375, height: 553 });
  const more = page.getByText(words.signUp.noticeMore);
  await expect(more).toHaveCSS('opacity', '1');
  await page.getByRole('region', { name: words.signUp.noticeLabel }).focus();
  await page.keyboard.press('End');
  await expect(more).toHaveCSS('opacity', '0');
}
