import type { Locator, Page } from '@playwright/test';
import { en } from '../src/ui/words/en.ts';
import { expect, test } from './harness/journey.ts';
import {
  button,
  CAPTURE_MS,
  expectGreeting,
  heading,
  link,
  notAskedYet,
  refusal,
} from './harness/pages.ts';
import { signedUp, somebody } from './harness/people.ts';

const STOPS_AT_MOST = 30;

/** Press Tab until this is focused; every stop on the way must show that it is. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let stop = 0; stop < STOPS_AT_MOST; stop += 1) {
    await page.keyboard.press('Tab');
    expect(await focusIsShown(page), 'the focus can be seen').toBe(true);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${STOPS_AT_MOST} presses of Tab do not lead to ${String(target)}`);
}

async function focusIsShown(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return true; // the browser's own controls
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  });
}

test('a new person registers, signs in and out with nothing but the keyboard', async ({ page }) => {
  test.setTimeout(120_000);
  const person = somebody();
  const { keyboard } = page;
  await notAskedYet(page);
  await page.goto('/');
  await tabTo(page, link(page, en.landing.signUp));
  await keyboard.press('Enter');
  await expect(page.getByLabel(en.signUp.email)).toBeFocused();
  await keyboard.type(person.email);
  await tabTo(page, page.getByLabel(en.signUp.username, { exact: true }));
  await keyboard.type(person.username);
  await keyboard.press('Enter');
  await expect(heading(page, en.signUp.consentTitle)).toBeFocused();
  await tabTo(page, page.getByLabel(en.signUp.agree));
  await keyboard.press('Space');
  await tabTo(page, button(page, en.signUp.next));
  await keyboard.press('Enter');
  await expect(heading(page, en.signUp.faceTitle)).toBeFocused();
  await tabTo(page, button(page, en.camera.turnOn));
  await keyboard.press('Space');
  await expect(heading(page, en.recovery.keepTitle)).toBeFocused({ timeout: CAPTURE_MS });
  await tabTo(page, page.getByLabel(en.recovery.kept));
  await keyboard.press('Space');
  await tabTo(page, button(page, en.signUp.next));
  await keyboard.press('Enter');
  await expect(heading(page, en.welcome.firstGreeting(person.username))).toBeFocused();
  await tabTo(page, button(page, en.welcome.signOut));
  await keyboard.press('Enter');
  await expect(heading(page, en.landing.title)).toBeFocused();
  await tabTo(page, link(page, en.landing.signIn));
  await keyboard.press('Enter');
  await expect(page.getByLabel(en.signIn.username, { exact: true })).toBeFocused();
  await keyboard.type(person.username);
  await keyboard.press('Enter');
  await tabTo(page, button(page, en.camera.turnOn));
  await keyboard.press('Enter');
  await expectGreeting(page, person);
  await expect(heading(page, en.welcome.greeting(person.username))).toBeFocused();
  await tabTo(page, button(page, en.welcome.signOut));
  await keyboard.press('Enter');
  await expect(page.getByText(en.welcome.signedOut)).toBeVisible();
});

test('what every page repeats can be skipped', async ({ page }) => {
  await page.goto('/');
  await expect(heading(page, en.landing.title)).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(link(page, en.app.skip)).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(link(page, en.landing.signIn)).toBeFocused();
});

test('after a refusal the way on is reached by keyboard', async ({ page }) => {
  await page.route('**/login', (route) =>
    route.fulfill({
      status: 401,
      json: { message: 'No.', code: 'not_recognised', request_id: 'a1b2c3d4e5f60718' },
    }),
  );
  await page.goto('/sign-in');
  await expect(page.getByLabel(en.signIn.username, { exact: true })).toBeFocused();
  await page.keyboard.type('somebody');
  await page.keyboard.press('Enter');
  await expect(refusal(page)).toHaveText(en.codes['not_recognised']!, { timeout: CAPTURE_MS });
  await tabTo(page, button(page, en.failure.tryAgain));
  const again = page.waitForRequest('**/login', { timeout: CAPTURE_MS });
  await page.keyboard.press('Enter');
  await again;
});

test('details are changed by keyboard', async ({ page, context, server }) => {
  const person = await signedUp(context, server);
  await page.goto('/me');
  await tabTo(page, button(page, en.me.change));
  await page.keyboard.press('Enter');
  await expect(page.getByLabel(en.signUp.email)).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(`new-${person.email}`);
  await page.keyboard.press('Enter');
  await expect(page.getByText(en.me.saved)).toBeVisible();
  await expect(page.getByText(`new-${person.email}`)).toBeVisible();
});
