import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  agree,
  button,
  expectFirstGreeting,
  expectGreeting,
  fillDetails,
  heading,
  keepCodes,
  link,
  nameThemselves,
  signOutAndName,
} from './harness/pages.ts';
import { registered, somebody } from './harness/people.ts';
import { SHARED_CLIPS } from './harness/places.ts';

// The page's own networks guide a person here, and nothing else helps.
test.use({ guide: 'real' });

const TURNING_HEAD = 'live3d_astronaut_turns.mjpeg';

test.describe('with a face before the camera', () => {
  test.setTimeout(120_000);

  test('a new person registers, signs in, is greeted by name and signs out', async ({ page }) => {
    const person = somebody('Ana');
    await page.goto('/');
    await link(page, en.landing.signUp).click();
    await fillDetails(page, person);
    await agree(page);
    await keepCodes(page);
    await expectFirstGreeting(page, person);

    await signOutAndName(page, person);
    await expectGreeting(page, person);

    await page.reload();
    await expectGreeting(page, person);

    await button(page, en.welcome.signOut).click();
    await expect(page.getByText(en.welcome.signedOut)).toBeVisible();
    await expect(link(page, en.landing.signIn)).toBeVisible();
    await page.goto('/welcome');
    await expect(heading(page, en.sessionEnded.title)).toBeVisible();
  });
});

test.describe('with another photo of the same person', () => {
  test.use({ camera: 'obama2' });

  test('the person is recognised', ONCE, async ({ page, server }) => {
    const person = await registered(server, 'obama');
    await nameThemselves(page, person);
    await expectGreeting(page, person);
  });
});

// A head that turns is filmed only in the folder of shared test data; strict testing insists on it.
if (existsSync(join(SHARED_CLIPS, TURNING_HEAD)) || process.env['FACELOGIN_TEST_STRICT'] === '1') {
  test.describe('with a head that turns both ways', () => {
    test.use({ camera: `shared:${TURNING_HEAD}` });

    test('a new person registers and is greeted', ONCE, async ({ page }) => {
      test.setTimeout(120_000);
      const person = somebody();
      await page.goto('/sign-up');
      await fillDetails(page, person);
      await agree(page);
      await keepCodes(page);
      await expectFirstGreeting(page, person);
      await signOutAndName(page, person);
      await expectGreeting(page, person);
    });
  });
}
