import { en } from '../src/ui/words/en.ts';
import { expectAccessible } from './harness/axe.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  agree,
  button,
  expectFirstGreeting,
  fillDetails,
  heading,
  keepCodes,
  requestsTo,
  takeThree,
  typeDetails,
  withoutGuidance,
} from './harness/pages.ts';
import { somebody } from './harness/people.ts';
import type { Server } from './harness/server.ts';

test.use({ settings: { FACELOGIN_REGISTRATION: 'invite' } });

/** What follows the address of the server in the link of a new invitation. */
async function invitation(server: Server): Promise<string> {
  const printed = await server.command('users', 'invite');
  const found = /\/sign-up#invite=\S+/.exec(printed);
  if (!found) throw new Error(`no link in: ${printed}`);
  return found[0];
}

test('an invitation lets one person in, once', async ({ page, server }) => {
  test.setTimeout(120_000);
  const path = await invitation(server);
  const token = path.split('=')[1]!;
  const registrations = requestsTo(page, 'POST', '/register');
  await withoutGuidance(page);
  await page.goto(path);
  await expect(page.getByLabel(en.signUp.email)).toBeVisible();
  await expect(page).toHaveURL('/sign-up');
  const person = somebody();
  await fillDetails(page, person);
  await agree(page);
  await takeThree(page);
  await keepCodes(page);
  await expectFirstGreeting(page, person);
  expect(registrations).toHaveLength(1);
  expect(await page.evaluate(() => JSON.stringify(Object.entries(localStorage)))).not.toContain(
    token,
  );

  await page.goto('about:blank');
  await page.goto(path);
  await typeDetails(page, somebody());
  await expect(heading(page, en.signUp.notOpen.invitationSpent.title)).toBeVisible();
  await expectAccessible(page, 'invitation used up');
});

test('without an invitation the page says that one is needed', ONCE, async ({ page }) => {
  await page.goto('/');
  await expect(page.getByText(en.landing.notOpen.invitation_needed)).toBeVisible();
  await page.goto('/sign-up');
  await expect(heading(page, en.signUp.notOpen.invitationNeeded.title)).toBeVisible();
});

test(
  'an invitation is not used up by pictures that are refused',
  ONCE,
  async ({ page, server }) => {
    test.setTimeout(120_000);
    await withoutGuidance(page);
    await page.goto(await invitation(server));
    await fillDetails(page, somebody());
    await agree(page);
    await page.route(
      '**/register',
      (route) =>
        route.fulfill({
          status: 422,
          json: { message: 'No.', code: 'too_dark', request_id: 'a1b2c3d4e5f60718' },
        }),
      { times: 1 },
    );
    await takeThree(page);
    await button(page, en.failure.tryAgain).click();
    await takeThree(page);
    await keepCodes(page);
    await expect(page).toHaveURL('/welcome');
  },
);
