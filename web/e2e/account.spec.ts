import type { Page } from '@playwright/test';
import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import { button, CAPTURE_MS, expectGreeting, heading, requestsTo } from './harness/pages.ts';
import { registered, signedUp, signIn, somebody } from './harness/people.ts';

/** Let the page believe that the last look was long ago; the server still decides for itself. */
async function notFreshAnyMore(page: Page): Promise<void> {
  let steppedUp = false;
  page.on('response', (response) => {
    if (response.url().endsWith('/session/step-up') && response.ok()) steppedUp = true;
  });
  await page.route(/\/session(\?|$)/, async (route) => {
    const response = await route.fetch();
    const session = (await response.json()) as Record<string, unknown>;
    const longAgo = '2001-01-01T00:00:00Z';
    await route.fulfill({
      response,
      json: steppedUp ? session : { ...session, fresh_until: longAgo },
    });
  });
}

test('a username is changed after another look', async ({ page, context, server }) => {
  const person = await registered(server);
  const renamed = { ...person, username: somebody('eva').username };
  const stepUps = requestsTo(page, 'POST', '/session/step-up');
  const changes = requestsTo(page, 'PATCH', '/account');
  await signIn(context, server, person);
  await notFreshAnyMore(page);
  await page.goto('/me');
  await expect(page.getByText(person.email)).toBeVisible();
  await button(page, en.me.change).click();
  await expect(page.getByText(en.me.stepUpLead)).toBeVisible();
  await button(page, en.me.stepUpStart).click();

  const username = page.getByLabel(en.signUp.username, { exact: true });
  await expect(username).toBeVisible({ timeout: CAPTURE_MS });
  expect(stepUps).toHaveLength(1);
  await username.fill(renamed.username);
  await button(page, en.me.save).dblclick();
  await expect(page.getByText(en.me.saved)).toBeVisible();
  await expect(page.getByText(renamed.username, { exact: true })).toBeVisible();
  expect(changes).toHaveLength(1);

  await page.goto('/welcome');
  await expectGreeting(page, renamed);
});

test(
  'a change that the server finds too long after the last look asks for another',
  ONCE,
  async ({ page, context, server }) => {
    const person = await signedUp(context, server);
    await page.route('**/account', async (route) => {
      if (route.request().method() !== 'PATCH') {
        await route.continue();
        return;
      }
      await route.fulfill({
        status: 403,
        json: { message: 'No.', code: 'fresh_login_required', request_id: 'a1b2c3d4e5f60718' },
      });
    });
    await page.goto('/me');
    await button(page, en.me.change).click();
    await page.getByLabel(en.signUp.email).fill(`new-${person.email}`);
    await button(page, en.me.save).click();
    await expect(page.getByText(en.me.stepUpLead)).toBeVisible();
  },
);

test('a name that somebody else has is refused beside its field', async ({
  page,
  context,
  server,
}) => {
  const other = await registered(server);
  await signedUp(context, server);
  await page.goto('/me');
  await button(page, en.me.change).click();
  await page.getByLabel(en.signUp.username, { exact: true }).fill(other.username);
  await button(page, en.me.save).click();
  await expect(page.getByText(en.codes['username_taken']!)).toBeVisible();
});

test('a template is replaced by a new one', async ({ page, context, server }) => {
  test.setTimeout(90_000);
  await signedUp(context, server);
  await page.goto('/me');
  await expect(page.getByText('computed from pictures of one moment')).toBeVisible();
  await button(page, en.me.reenrolStart).click();
  await expect(page.getByText(en.me.reenrolled)).toBeVisible({ timeout: CAPTURE_MS });
});

test('another session is ended, then all others, and their browsers are told', async ({
  page,
  context,
  server,
  anotherContext,
}) => {
  const person = await registered(server);
  const elsewhere = await anotherContext();
  await signIn(elsewhere, server, person);
  const otherPage = await elsewhere.newPage();
  await otherPage.goto('/welcome');
  await expectGreeting(otherPage, person);

  const third = await anotherContext();
  await signIn(third, server, person);
  await signIn(context, server, person);
  await page.goto('/me');
  const sessions = page.locator('.sessions li');
  await expect(sessions).toHaveCount(3);
  await expect(sessions.filter({ hasText: en.me.thisSession })).toHaveText(/Chrome on Linux/);
  const ends = page.getByRole('button', { name: /^Sign out of the session of / });
  await expect(ends).toHaveCount(2);
  await ends.last().click();
  await expect(page.getByText(en.me.ended)).toBeVisible();
  await expect(sessions).toHaveCount(2);
  await button(page, en.me.endOthers).click();
  await expect(page.getByText(en.me.endedOthers(1))).toBeVisible();
  await expect(sessions).toHaveCount(1);
  await expect(button(page, en.me.endOthers)).toHaveCount(0);
  expect((await third.request.get(`${server.url}/session`)).status()).toBe(401);

  await otherPage.getByRole('link', { name: en.welcome.me, exact: true }).click();
  await expect(heading(otherPage, en.sessionEnded.title)).toBeVisible();
});
