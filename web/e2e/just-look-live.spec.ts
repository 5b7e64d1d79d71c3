import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import { playFilm } from './harness/live-camera.ts';
import {
  CAPTURE_MS,
  expectGreeting,
  goAndJustLook,
  heading,
  lookUntil,
  refusal,
  signUpLive,
} from './harness/pages.ts';
import { somebody } from './harness/people.ts';

test.use({
  guide: 'real',
  ownServer: true,
  settings: { FACELOGIN_IDENTIFICATION: 'on', FACELOGIN_REQUIRED_ASSURANCE: 'live' },
  // Pictures of every moment would cost the camera its frames.
  trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
});
test.describe.configure({ mode: 'serial', timeout: 180_000 });

const ana = somebody();

test('whoever registered live turns their head and is greeted, with nothing typed', async ({
  page,
}) => {
  await playFilm(page, 'person');
  await signUpLive(page, ana);
  await page.context().clearCookies();
  await page.evaluate(() => {
    localStorage.clear();
  });

  await goAndJustLook(page);
  await lookUntil(page, heading(page, en.welcome.greeting(ana.username)));
  await expectGreeting(page, ana);
});

test('a stranger who turns as asked is told that nobody knows them', ONCE, async ({ page }) => {
  await playFilm(page, 'somebody-else');
  await page.goto('/sign-in');
  await expect(heading(page, en.signIn.anybodyTitle)).toBeVisible();
  await expect(refusal(page)).toHaveText(en.signIn.stranger, { timeout: CAPTURE_MS });
  expect((await page.request.get('/session')).status()).toBe(401);
  await expect(page.locator('video')).toHaveCount(0);
});
