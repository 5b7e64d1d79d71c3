import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  button,
  CAPTURE_MS,
  expectGreeting,
  goAndJustLook,
  link,
  refusal,
  requestsTo,
} from './harness/pages.ts';
import { registered, type Person } from './harness/people.ts';

test.use({ settings: { FACELOGIN_IDENTIFICATION: 'on' }, ownServer: true });
test.describe.configure({ mode: 'serial' });

let ana: Person;

test('whoever registered looks and is greeted by name, with nothing typed', async ({
  page,
  server,
}) => {
  ana = await registered(server);
  await goAndJustLook(page);
  await expectGreeting(page, ana);
  await link(page, en.welcome.me).click();
  await expect(page.getByText(en.me.actions['identify']!).first()).toBeVisible();
});

test(
  'whoever is not who was greeted is signed out at once and types a name',
  ONCE,
  async ({ page }) => {
    await goAndJustLook(page);
    await expectGreeting(page, ana);
    await button(page, en.welcome.notMe).click();
    await expect(page.getByLabel(en.signIn.username, { exact: true })).toBeVisible();
    expect((await page.request.get('/session')).status()).toBe(401);
    await expect(page.locator('video')).toHaveCount(0);
    await page.getByLabel(en.signIn.username, { exact: true }).fill(ana.username);
    await button(page, en.signIn.look).click();
    await expectGreeting(page, ana);
    await expect(button(page, en.welcome.notMe)).toHaveCount(0);
  },
);

test.describe('with a stranger before the camera', () => {
  test.use({ camera: 'biden' });

  test(
    'nobody is signed in, and nothing is taken again until asked for',
    ONCE,
    async ({ page }) => {
      const logins = requestsTo(page, 'POST', '/login');
      await goAndJustLook(page);
      await expect(refusal(page)).toHaveText(en.signIn.stranger, { timeout: CAPTURE_MS });
      expect((await page.request.get('/session')).status()).toBe(401);
      // The camera is off: no frame can be taken, however long the page stands.
      await expect(page.locator('video')).toHaveCount(0);
      expect(logins).toHaveLength(1);
      await link(page, en.signIn.useName).click();
      await expect(page.getByLabel(en.signIn.username, { exact: true })).toBeVisible();
    },
  );
});
