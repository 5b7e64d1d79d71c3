import { expect, type Locator, type Page, type Request } from '@playwright/test';
import { en } from '../../src/ui/words/en.ts';
import type { Person } from './people.ts';

/** A guided capture asks for poses, and waits some seconds for each before it takes what is there. */
export const CAPTURE_MS = 40_000;

export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

export function link(page: Page, name: string): Locator {
  return page.getByRole('link', { name, exact: true });
}

export function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { level: 1, name, exact: true });
}

/** Fill in the first step of signing up and ask to go on. */
export async function typeDetails(page: Page, { email, username }: Person): Promise<void> {
  await page.getByLabel(en.signUp.email).fill(email);
  await page.getByLabel(en.signUp.username, { exact: true }).fill(username);
  await button(page, en.signUp.next).click();
}

/** Fill in the first step of signing up and go on. */
export async function fillDetails(page: Page, person: Person): Promise<void> {
  await typeDetails(page, person);
  await expect(heading(page, en.signUp.consentTitle)).toBeVisible();
}

/** Agree to the notice and go on. */
export async function agree(page: Page): Promise<void> {
  await page.getByLabel(en.signUp.agree).check();
  await button(page, en.signUp.next).click();
  await expect(heading(page, en.signUp.faceTitle)).toBeVisible();
}

/** Say that the recovery codes are kept, once they are there, and go on. */
export async function keepCodes(page: Page): Promise<readonly string[]> {
  await expect(heading(page, en.recovery.keepTitle)).toBeVisible({ timeout: CAPTURE_MS });
  const codes = await page.locator('.codes code').allTextContents();
  await page.getByLabel(en.recovery.kept).check();
  await button(page, en.signUp.next).click();
  return codes;
}

/** Type a recovery code into its field and go on. */
export async function giveCode(page: Page, code: string): Promise<void> {
  await page.getByLabel(en.recovery.field).fill(code);
  await button(page, en.recovery.submit).click();
}

/**
 * Make the browser one that has not been asked for its camera yet, so that pages give their reason
 * first. Chromium's fake camera is allowed from the start, in every context.
 */
export async function notAskedYet(page: Page): Promise<void> {
  await page.addInitScript(() => {
    navigator.permissions.query = () =>
      Promise.resolve({ state: 'prompt', name: 'camera' } as PermissionStatus);
  });
}

/** Go to the camera of the sign-in page for this name and let it look. */
export async function nameThemselves(page: Page, { username }: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel(en.signIn.username, { exact: true }).fill(username);
  await button(page, en.signIn.look).click();
  // A look may be over before anybody has seen that it began.
  const looking = heading(page, en.signIn.lookTitle(username));
  await expect(looking.or(heading(page, en.welcome.greeting(username)))).toBeVisible();
}

/** Take a picture now, whatever guidance thinks. */
export async function pressShutter(page: Page): Promise<void> {
  const shutter = button(page, en.camera.press);
  await expect(shutter).toHaveAttribute('aria-disabled', 'false');
  await shutter.click();
}

/** Keep guidance from starting, from now on: then nothing is captured but by the button. */
export async function withoutGuidance(page: Page): Promise<void> {
  await page.addInitScript(refuseWorkers);
  await page.evaluate(refuseWorkers);
}

/** Runs in the page; no other script can put its own worker in this one's place. */
function refuseWorkers(): void {
  const refused = function refused() {
    throw new Error('no worker starts here');
  };
  Object.defineProperty(window, 'Worker', {
    configurable: true,
    get: () => refused,
    set: () => undefined,
  });
}

/** Take the pictures that signing up asks for, each by a press of the button. */
export async function takeThree(
  page: Page,
  press: (shutter: Locator) => Promise<void> = (shutter) => shutter.click(),
): Promise<void> {
  for (const shot of [1, 2, 3]) {
    await expect(page.getByText(en.camera.shotOf(shot, 3))).toBeVisible();
    const shutter = button(page, en.camera.press);
    await expect(shutter).toHaveAttribute('aria-disabled', 'false');
    await press(shutter);
  }
}

/** The greeting of somebody whose account was made a moment ago: they are signed in. */
export async function expectFirstGreeting(page: Page, { username }: Person): Promise<void> {
  await expect(heading(page, en.welcome.firstGreeting(username))).toBeVisible();
  await expect(page).toHaveURL('/welcome');
}

/** Sign out, and go to the camera of the sign-in page as somebody. */
export async function signOutAndName(page: Page, person: Person): Promise<void> {
  await button(page, en.welcome.signOut).click();
  await expect(heading(page, en.landing.title)).toBeVisible();
  await nameThemselves(page, person);
}

export async function expectGreeting(page: Page, { username }: Person): Promise<void> {
  await expect(heading(page, en.welcome.greeting(username))).toBeVisible({ timeout: CAPTURE_MS });
  await expect(page).toHaveURL('/welcome');
}

/** Sign up by turning one's head as the page asks. */
export async function signUpLive(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-up');
  await fillDetails(page, person);
  await agree(page);
  await lookUntil(page, heading(page, en.recovery.keepTitle));
  await keepCodes(page);
  await expectFirstGreeting(page, person);
}

/** Go to where one looks and types nothing. */
export async function goAndJustLook(page: Page): Promise<void> {
  await page.goto('/');
  await link(page, en.landing.signIn).click();
  await expect(heading(page, en.signIn.anybodyTitle)).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);
}

/**
 * Look until this is there, and no more than three times: on a machine that is too busy to take
 * pictures in time a head seems hasty, and is asked to look again as anybody is. `begin` is what a
 * look does not begin without.
 */
export async function lookUntil(
  page: Page,
  reached: Locator,
  begin: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let retries = 2; retries > 0; retries -= 1) {
    await expect(reached.or(refusal(page)).first()).toBeVisible({ timeout: CAPTURE_MS });
    if (await reached.isVisible()) return;
    await button(page, en.failure.tryAgain).click();
    await begin(page);
  }
  await expect(reached).toBeVisible({ timeout: CAPTURE_MS });
}

/** The hint that is shown on the picture. */
export function hint(page: Page): Locator {
  return page.locator('.camera-sentence');
}

/** The sentence of a refusal. */
export function refusal(page: Page): Locator {
  return page.getByRole('main').getByRole('alert');
}

/** Keep a list of the requests to one address, as they are sent. */
export function requestsTo(page: Page, method: string, path: string): readonly Request[] {
  const sent: Request[] = [];
  page.on('request', (request) => {
    if (request.method() === method && new URL(request.url()).pathname === path) sent.push(request);
  });
  return sent;
}
