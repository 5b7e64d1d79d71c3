import { en } from '../src/ui/words/en.ts';
import { expectAccessible } from './harness/axe.ts';
import { keepTracks, setHidden, trackStates } from './harness/camera-tracks.ts';
import { keepFrames, lightOfLastFrame } from './harness/sent-frames.ts';
import { expect, test } from './harness/journey.ts';
import {
  agree,
  button,
  expectFirstGreeting,
  expectGreeting,
  fillDetails,
  heading,
  hint,
  keepCodes,
  link,
  nameThemselves,
  notAskedYet,
  pressShutter,
  refusal,
  requestsTo,
  signOutAndName,
} from './harness/pages.ts';
import { registered, somebody } from './harness/people.ts';
import { PHONE_PICTURE, stillPath } from './harness/places.ts';

test('a browser that has not been asked yet hears the reason before it is', async ({
  page,
  server,
}) => {
  const person = await registered(server);
  await notAskedYet(page);
  await keepTracks(page);
  await nameThemselves(page, person);
  await expect(page.getByText(en.camera.reason)).toBeVisible();
  expect(await trackStates(page)).toEqual([]);
  await button(page, en.camera.turnOn).click();
  await expectGreeting(page, person);
});

test('the camera is off once the person is greeted', async ({ page, server }) => {
  const person = await registered(server);
  await keepTracks(page);
  await nameThemselves(page, person);
  await expectGreeting(page, person);
  const states = await trackStates(page);
  expect(states.length).toBeGreaterThan(0);
  expect(new Set(states)).toEqual(new Set(['ended']));
});

test.describe('without a face to capture', () => {
  test.use({ camera: 'nobody', guide: 'real' });

  test('frames are sent as the camera saw them, while the preview is a mirror', async ({
    page,
    server,
  }) => {
    await keepFrames(page);
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    const mirrored = 'matrix(-1, 0, 0, 1, 0, 0)';
    await expect(page.locator('video')).toHaveCSS('transform', mirrored);
    await pressShutter(page);
    await expect(refusal(page)).toBeVisible();
    const { left, right } = await lightOfLastFrame(page);
    // The wall of this clip is lighter on the camera's right.
    expect(right - left).toBeGreaterThan(30);
  });

  test('the camera is off once the page is left', async ({ page, server }) => {
    await keepTracks(page);
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    expect(await trackStates(page)).toContain('live');
    await link(page, 'facelogin').click();
    await expect(heading(page, en.landing.title)).toBeVisible();
    await expect.poll(async () => new Set(await trackStates(page))).toEqual(new Set(['ended']));
  });

  test('the camera is let go while the page is hidden and comes back with it', async ({
    page,
    server,
  }) => {
    await keepTracks(page);
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    await setHidden(page, true);
    await expect(page.getByText(en.camera.paused)).toBeVisible();
    await expect.poll(async () => new Set(await trackStates(page))).toEqual(new Set(['ended']));
    await setHidden(page, false);
    await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    const live = (await trackStates(page)).filter((state) => state === 'live');
    expect(live).toHaveLength(1);
    const shown = await page
      .locator('video')
      .evaluate((video: HTMLVideoElement) =>
        (video.srcObject as MediaStream).getTracks().map(({ readyState }) => readyState),
      );
    expect(shown).toEqual(['live']);
  });
});

test.describe("with the page's own networks", () => {
  test.use({ guide: 'real' });

  for (const [what, files] of [
    ['networks', '**/assets/guidance-*/*.json'],
    ['WebAssembly', '**/*.wasm'],
    ['worker', '**/assets/guidance-worker-*.js'],
  ] as const) {
    test(`where guidance's ${what} can't be had the button alone signs in`, async ({
      page,
      server,
    }) => {
      const person = await registered(server);
      const logins = requestsTo(page, 'POST', '/login');
      await page.route(files, (route) => route.abort());
      await nameThemselves(page, person);
      await expect(hint(page)).toHaveText(en.camera.hints.unguided);
      expect(logins).toHaveLength(0);
      await pressShutter(page);
      await expectGreeting(page, person);
    });
  }
});

for (const [camera, failure] of [
  ['denied', en.camera.failures.denied],
  ['absent', en.camera.failures.none],
] as const) {
  test.describe(`with a camera that is ${camera}`, () => {
    test.use({ camera });

    test('the page says so, and a picture file registers and signs in', async ({ page }) => {
      const person = somebody();
      await notAskedYet(page);
      await page.goto('/sign-up');
      await fillDetails(page, person);
      await agree(page);
      await button(page, en.camera.turnOn).click();
      await expect(refusal(page)).toContainText(failure.title);
      await expect(refusal(page)).toContainText(failure.way);
      await page.locator('input[type=file]').setInputFiles(stillPath('obama'));
      await expect(page.getByText(en.photos.one)).toBeVisible();
      await page.locator('input[type=file]').setInputFiles([stillPath('obama2')]);
      await expect(page.getByText(en.photos.one)).toHaveCount(0);
      await expectAccessible(page, `two photos, camera ${camera}`);
      await button(page, en.photos.use(2)).click();
      await keepCodes(page);
      await expectFirstGreeting(page, person);

      await signOutAndName(page, person);
      const chooser = page.waitForEvent('filechooser');
      await button(page, en.camera.upload).click();
      await (await chooser).setFiles(PHONE_PICTURE);
      await expectGreeting(page, person);
    });

    test('a file that is no picture is named as that', async ({ page, server }) => {
      await notAskedYet(page);
      await nameThemselves(page, await registered(server));
      await button(page, en.camera.turnOn).click();
      await expect(refusal(page)).toContainText(failure.title);
      const text = { name: 'face.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') };
      await page.locator('input[type=file]').setInputFiles(text);
      await expect(page.getByText(en.camera.uploadUnreadable)).toBeVisible();
      const heic = Buffer.from('\0\0\0\u0018ftypheic\0\0\0\0mif1heic', 'latin1');
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'face.jpg', mimeType: 'image/jpeg', buffer: heic });
      await expect(page.getByText(en.camera.uploadHeic)).toBeVisible();
      await page.locator('input[type=file]').setInputFiles(stillPath('nobody'));
      await expect(page.getByText(en.codes['face_not_found']!)).toBeVisible();
    });
  });
}
