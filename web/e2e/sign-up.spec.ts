import { en } from '../src/ui/words/en.ts';
import { keepTracks, trackStates } from './harness/camera-tracks.ts';
import { expect, test } from './harness/journey.ts';
import {
  agree,
  button,
  fillDetails,
  heading,
  hint,
  keepCodes,
  requestsTo,
  takeThree,
  withoutGuidance,
} from './harness/pages.ts';
import { registered, somebody } from './harness/people.ts';

test('going back in the middle keeps what was filled in and turns the camera off', async ({
  page,
}) => {
  const person = somebody();
  await keepTracks(page);
  await page.goto('/');
  await page.goto('/sign-up');
  await fillDetails(page, person);
  await agree(page);
  await expect(page.locator('video')).toBeVisible();

  await page.goBack();
  await expect(heading(page, en.signUp.consentTitle)).toBeVisible();
  await expect(page.getByLabel(en.signUp.agree)).toBeChecked();
  await expect.poll(async () => new Set(await trackStates(page))).toEqual(new Set(['ended']));

  await page.goBack();
  await expect(page.getByLabel(en.signUp.email)).toHaveValue(person.email);
  await expect(page.getByLabel(en.signUp.username, { exact: true })).toHaveValue(person.username);

  await page.goForward();
  await page.goForward();
  await expect(heading(page, en.signUp.faceTitle)).toBeVisible();
  await expect(page.locator('video')).toBeVisible();
});

test('going back after it is done does not register again', async ({ page }) => {
  const registrations = requestsTo(page, 'POST', '/register');
  const person = somebody();
  await page.goto('/sign-up');
  await fillDetails(page, person);
  await agree(page);
  await keepCodes(page);
  await expect(heading(page, en.signUp.doneTitle(person.username))).toBeVisible();
  await page.goBack();
  await expect(heading(page, en.signUp.doneTitle(person.username))).toBeVisible();
  expect(registrations).toHaveLength(1);
});

test('reloading in the middle starts anew instead of showing a broken step', async ({ page }) => {
  await page.goto('/sign-up');
  await fillDetails(page, somebody());
  await agree(page);
  await page.reload();
  await expect(heading(page, en.signUp.title)).toBeVisible();
  await expect(page.getByLabel(en.signUp.email)).toBeVisible();
});

test('details that cannot be right are named beside their fields', async ({ page }) => {
  await page.goto('/sign-up');
  await button(page, en.signUp.next).click();
  const email = page.getByLabel(en.signUp.email);
  await expect(email).toBeFocused();
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await email.fill('not an address');
  await page.getByLabel(en.signUp.username, { exact: true }).fill('a');
  await button(page, en.signUp.next).click();
  await expect(page.getByText(en.signUp.emailWrong)).toBeVisible();
  await expect(page.getByText(en.signUp.usernameWrong)).toBeVisible();
});

test('without consent no camera is opened', async ({ page }) => {
  await keepTracks(page);
  await page.goto('/sign-up');
  await fillDetails(page, somebody());
  await button(page, en.signUp.next).click();
  await expect(page.getByText(en.signUp.agreeNeeded)).toBeVisible();
  await page.goto('/sign-up?step=face');
  await expect(heading(page, en.signUp.title)).toBeVisible();
  expect(await trackStates(page)).toEqual([]);
});

test('a name that is taken leads back to its field, and the pictures need not be taken again', async ({
  page,
  server,
}) => {
  const taken = await registered(server);
  const person = somebody();
  const registrations = requestsTo(page, 'POST', '/register');
  await withoutGuidance(page);
  await page.goto('/sign-up');
  await fillDetails(page, { ...person, username: taken.username });
  await agree(page);
  await takeThree(page);
  await expect(page.getByText(en.codes['username_taken']!)).toBeVisible();
  await page.getByLabel(en.signUp.username, { exact: true }).fill(person.username);
  await button(page, en.signUp.next).click();
  await button(page, en.signUp.next).click();
  await expect(heading(page, en.recovery.keepTitle)).toBeVisible();
  await expect(hint(page)).toHaveCount(0);
  expect(registrations).toHaveLength(2);
});

test.describe('in a browser that speaks another language', () => {
  test.use({ locale: 'de-DE' });

  test('the page speaks it too', async ({ page }) => {
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(heading(page, en.landing.title)).toHaveCount(0);
  });
});
