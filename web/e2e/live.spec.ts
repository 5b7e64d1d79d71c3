import type { Page } from '@playwright/test';
import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import { playFilm, type FilmName } from './harness/live-camera.ts';
import {
  button,
  CAPTURE_MS,
  expectGreeting,
  heading,
  hint,
  link,
  lookUntil,
  nameThemselves,
  refusal,
  requestsTo,
  signOutAndName,
  signUpLive,
  withoutGuidance,
} from './harness/pages.ts';
import { somebody } from './harness/people.ts';

test.use({
  guide: 'real',
  settings: { FACELOGIN_REQUIRED_ASSURANCE: 'live' },
  // Pictures of every moment would cost the camera its frames.
  trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
});
test.describe.configure({ mode: 'serial', timeout: 180_000 });

const ana = somebody();

/** Look at the camera as somebody, where nothing in the browser can help or hinder: by the clock. */
async function lookUnguided(page: Page, film: FilmName): Promise<void> {
  await withoutGuidance(page);
  await playFilm(page, film);
  await nameThemselves(page, ana);
  await pressStart(page);
}

async function pressStart(page: Page): Promise<void> {
  await expect(hint(page)).toHaveText(en.camera.live.ready);
  await button(page, en.camera.live.start).click();
}

test('a head that follows the arrow registers, signs in, and enrols anew', async ({ page }) => {
  await playFilm(page, 'person');
  await signUpLive(page, ana);

  await signOutAndName(page, ana);
  await lookUntil(page, heading(page, en.welcome.greeting(ana.username)));
  await expectGreeting(page, ana);

  await link(page, en.welcome.me).click();
  await button(page, en.me.reenrolStart).click();
  await lookUntil(page, page.getByText(en.me.reenrolled));
});

test('a head that turns slowly, and stays at the far side, signs in', ONCE, async ({ page }) => {
  // Two seconds there, more than one at the far side, two seconds back.
  await playFilm(page, 'person', { pace: 0.4 });
  await nameThemselves(page, ana);
  await lookUntil(page, heading(page, en.welcome.greeting(ana.username)));
  await expectGreeting(page, ana);
});

test('a head that follows the arrow by the clock signs in', ONCE, async ({ page }) => {
  await lookUnguided(page, 'person');
  await lookUntil(page, heading(page, en.welcome.greeting(ana.username)), pressStart);
  await expectGreeting(page, ana);
});

for (const [what, film] of [
  ['a photo that is moved', 'flat-print'],
  ['a photo that is bent', 'bent-print'],
  ['a head that turns without regard to the arrow', 'other-way'],
] as const) {
  test(`${what} does not get in`, ONCE, async ({ page }) => {
    const logins = requestsTo(page, 'POST', '/login');
    await lookUnguided(page, film);
    await expect(refusal(page)).toBeVisible({ timeout: CAPTURE_MS });
    expect(REASONS).toContain(await refusal(page).textContent());
    expect(logins).toHaveLength(0);
    await expect(page.locator('video')).toHaveCount(0);
    expect((await page.request.get('/session')).status()).toBe(401);
  });
}

/** Why the server lets a picture not pass: it says what a person could mend, and no more. */
const REASONS = [
  'liveness_failed',
  'turn_more',
  'turn_slower',
  'turn_faster',
  'frames_missing',
  'too_blurred',
  'wrong_way',
  'face_turned_away',
].map((code) => en.codes[code]);

test('a still photo is told to turn, and how to get in otherwise', ONCE, async ({ page }) => {
  const logins = requestsTo(page, 'POST', '/login');
  await playFilm(page, 'still-print');
  await nameThemselves(page, ana);
  await expect(refusal(page)).toBeVisible({ timeout: CAPTURE_MS });
  expect([en.codes['turn_more'], en.codes['turn_faster']]).toContain(
    await refusal(page).textContent(),
  );
  expect(logins).toHaveLength(0);
  await expect(page.getByAltText(en.camera.lastLook)).toBeVisible();
  await expect(page.getByLabel(en.camera.live.longerTime)).not.toBeChecked();
  await expect(button(page, en.failure.tryAgain)).toBeVisible();
  await link(page, en.recovery.useCode).click();
  await expect(page.getByLabel(en.recovery.field)).toBeVisible();
});
