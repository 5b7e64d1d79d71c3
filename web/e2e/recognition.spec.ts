import { en } from '../src/ui/words/en.ts';
import { keepTracks, trackStates } from './harness/camera-tracks.ts';
import { expect, test } from './harness/journey.ts';
import {
  agree,
  button,
  CAPTURE_MS,
  fillDetails,
  heading,
  hint,
  nameThemselves,
  pressShutter,
  refusal,
  requestsTo,
  takeThree,
} from './harness/pages.ts';
import { registered, somebody } from './harness/people.ts';

test.describe('with somebody else before the camera', () => {
  test.use({ camera: 'biden' });

  test('one calm sentence refuses, and nothing is taken again until asked for', async ({
    page,
    server,
  }) => {
    const person = await registered(server, 'obama');
    const logins = requestsTo(page, 'POST', '/login');
    await keepTracks(page);
    await nameThemselves(page, person);
    await expect(refusal(page)).toHaveText(en.codes['not_recognised']!, { timeout: CAPTURE_MS });
    expect(logins).toHaveLength(1);

    // The camera is off, and asked for by nobody: no frame can be taken, however long the page stands.
    await expect(page.locator('video')).toHaveCount(0);
    expect(new Set(await trackStates(page))).toEqual(new Set(['ended']));
    const opened = (await trackStates(page)).length;

    const second = page.waitForRequest('**/login', { timeout: CAPTURE_MS });
    await button(page, en.failure.tryAgain).click();
    await second;
    await expect(refusal(page)).toHaveText(en.codes['not_recognised']!);
    expect(logins).toHaveLength(2);
    expect(await trackStates(page)).toHaveLength(opened + 1);
  });

  test('an unknown name is refused in the same words', async ({ page }) => {
    await nameThemselves(page, somebody('nobody'));
    await expect(refusal(page)).toHaveText(en.codes['not_recognised']!, { timeout: CAPTURE_MS });
  });
});

test.describe('with nobody before the camera', () => {
  test.use({ camera: 'nobody', guide: 'real' });

  test('the hint asks for a face, and the button gets the reason', async ({ page, server }) => {
    const logins = requestsTo(page, 'POST', '/login');
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    await expect(page.locator('.camera-stage')).toHaveAttribute('data-good', 'false');
    expect(logins).toHaveLength(0);
    await pressShutter(page);
    await expect(refusal(page)).toHaveText(en.codes['face_not_found']!);
  });
});

test.describe('with two people before the camera', () => {
  test.use({ camera: 'two', guide: 'real' });

  test('the hint asks for one person, and the button gets the reason', async ({ page, server }) => {
    const logins = requestsTo(page, 'POST', '/login');
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.several_faces);
    expect(logins).toHaveLength(0);
    await pressShutter(page);
    await expect(refusal(page)).toHaveText(en.codes['several_faces']!);
  });

  test('nobody can be registered', async ({ page }) => {
    await page.goto('/sign-up');
    await fillDetails(page, somebody());
    await agree(page);
    await expect(hint(page)).toHaveText(en.camera.hints.several_faces);
    await takeThree(page);
    await expect(refusal(page)).toHaveText(en.codes['several_faces']!);
    await button(page, en.failure.tryAgain).click();
    await expect(heading(page, en.signUp.faceTitle)).toBeVisible();
    await expect(hint(page)).toHaveText(en.camera.hints.several_faces);
  });
});

test.describe('with the light off', () => {
  test.use({ camera: 'dark', guide: 'real' });

  test('the hint asks for light, and the button gets the reason', async ({ page, server }) => {
    const logins = requestsTo(page, 'POST', '/login');
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.too_dark);
    expect(logins).toHaveLength(0);
    await pressShutter(page);
    await expect(refusal(page)).toHaveText(en.codes['too_dark']!);
  });
});
