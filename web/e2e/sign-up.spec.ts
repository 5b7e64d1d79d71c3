import { en } from '../src/ui/words/en.ts';
import { keepTracks, trackStates } from './harness/camera-tracks.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  agree,
  button,
  expectFirstGreeting,
  fillDetails,
  heading,
  hint,
  keepCodes,
  link,
  requestsTo,
  takeThree,
  typeDetails,
  withoutGuidance,
} from './harness/pages.ts';
import { registered, somebody } from './harness/people.ts';

test(
  'going back in the middle keeps what was filled in and turns the camera off',
  ONCE,
  async ({ page }) => {
    const person = somebody();
    await withoutGuidance(page);
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
  },
);

test('whoever signed up is signed in, and going back does not register again', async ({ page }) => {
  const registrations = requestsTo(page, 'POST', '/register');
  const person = somebody();
  await withoutGuidance(page);
  await page.goto('/sign-up');
  await fillDetails(page, person);
  await agree(page);
  await takeThree(page);
  await keepCodes(page);
  await expectFirstGreeting(page, person);
  expect((await page.request.get('/session')).status()).toBe(200);
  await page.goBack();
  await expect(page.getByText(en.signIn.already(person.username))).toBeVisible();
  await expect(page.getByLabel(en.signUp.email)).toHaveValue('');
  expect(registrations).toHaveLength(1);

  // Somebody else than who is signed in gets an empty name, and no camera.
  await page.goto('/');
  await keepTracks(page);
  await link(page, en.landing.notYou).click();
  const username = page.getByLabel(en.signIn.username, { exact: true });
  await expect(username).toBeFocused();
  await expect(username).toHaveValue('');
  await expect(page.locator('video')).toHaveCount(0);
});

test(
  'reloading in the middle loses nothing and goes on at the same step',
  ONCE,
  async ({ page }) => {
    const person = somebody();
    await withoutGuidance(page);
    await page.goto('/sign-up');
    await page.getByLabel(en.signUp.email).fill(person.email);
    await page.reload();
    await expect(page.getByLabel(en.signUp.email)).toHaveValue(person.email);
    await fillDetails(page, person);
    await page.reload();
    await expect(heading(page, en.signUp.consentTitle)).toBeFocused();
    await agree(page);
    await page.reload();
    await expect(heading(page, en.signUp.faceTitle)).toBeFocused();
    await page.goBack();
    await page.goBack();
    await expect(page.getByLabel(en.signUp.username, { exact: true })).toHaveValue(person.username);
  },
);

test('details that cannot be right are named beside their fields', ONCE, async ({ page }) => {
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

test('without consent no camera is opened', ONCE, async ({ page }) => {
  await keepTracks(page);
  await page.goto('/sign-up');
  await fillDetails(page, somebody());
  await button(page, en.signUp.next).click();
  await expect(page.getByText(en.signUp.agreeNeeded)).toBeVisible();
  await page.goto('/sign-up?step=face');
  await expect(heading(page, en.signUp.consentTitle)).toBeVisible();
  expect(await trackStates(page)).toEqual([]);
});

test('a taken name and email are told at the first step', async ({ page, server }) => {
  const taken = await registered(server);
  await page.goto('/sign-up');
  await typeDetails(page, taken);
  await expect(page.getByText(en.codes['email_taken']!)).toBeVisible();
  await expect(page.getByText(en.codes['username_taken']!)).toBeVisible();
  const email = page.getByLabel(en.signUp.email);
  await expect(email).toBeFocused();
  // What is wrong and has the focus stays red.
  const [border, outline, danger] = await email.evaluate((field) => {
    const { borderTopColor, outlineColor } = getComputedStyle(field);
    const { color } = getComputedStyle(document.querySelector('.field-note')!);
    return [borderTopColor, outlineColor, color];
  });
  expect([border, outline]).toEqual([danger, danger]);
});

test('a name that is taken meanwhile leads back to its field, and the face is kept', async ({
  page,
  server,
}) => {
  const taken = await registered(server);
  const person = somebody();
  const registrations = requestsTo(page, 'POST', '/register');
  await withoutGuidance(page);
  await page.route('**/register/check', (route) => route.fulfill({ status: 204 }), { times: 1 });
  await page.goto('/sign-up');
  await fillDetails(page, { ...person, username: taken.username });
  await agree(page);
  await takeThree(page);
  await expect(page.getByText(en.codes['username_taken']!)).toBeVisible();
  const username = page.getByLabel(en.signUp.username, { exact: true });
  await expect(username).toBeFocused();
  await username.fill(person.username);
  await button(page, en.signUp.next).click();
  await expect(heading(page, en.recovery.keepTitle)).toBeVisible();
  await expect(hint(page)).toHaveCount(0);
  expect(registrations).toHaveLength(2);
});

test.describe('in a browser that speaks another language', () => {
  test.use({ locale: 'de-DE' });

  test('the page speaks it too', ONCE, async ({ page }) => {
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(heading(page, en.landing.title)).toHaveCount(0);
  });
});
