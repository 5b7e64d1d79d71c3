import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import { button, expectGreeting, heading, link } from './harness/pages.ts';
import { registered, signedUp } from './harness/people.ts';

test('an account that the operator disables is signed out at the next action', async ({
  page,
  context,
  server,
}) => {
  const person = await signedUp(context, server);
  await page.goto('/welcome');
  await expectGreeting(page, person);
  await server.command('users', 'disable', person.username);
  await link(page, en.welcome.me).click();
  await expect(heading(page, en.sessionEnded.title)).toBeVisible();
  await expect(page.getByText(en.sessionEnded.lead)).toBeVisible();
  await link(page, en.sessionEnded.signIn).click();
  await expect(heading(page, en.signIn.title)).toBeVisible();
});

test(
  'whoever signs in after their session ended is back where they were',
  ONCE,
  async ({ page, context, server }) => {
    const person = await signedUp(context, server);
    await page.goto('/me');
    await expect(heading(page, en.me.title)).toBeVisible();
    await context.clearCookies();
    await page.reload();
    await expect(heading(page, en.sessionEnded.title)).toBeVisible();
    await link(page, en.sessionEnded.signIn).click();
    await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
    await button(page, en.signIn.look).click();
    await expect(heading(page, en.me.title)).toBeVisible({ timeout: 20_000 });
    await expect(page).toHaveURL('/me');
    await expect(page.getByText(person.email)).toBeVisible();
  },
);

test(
  'a session that expires while the account page is open ends in a sentence and a way on',
  ONCE,
  async ({ page, context, server }) => {
    const person = await signedUp(context, server);
    await page.goto('/me');
    for (const each of [
      page.getByText(person.email),
      page.getByText(en.me.thisSession, { exact: true }),
      page.locator('.activity').first(),
    ]) {
      await expect(each).toBeVisible(); // the page asks for nothing more by itself
    }
    await context.clearCookies();
    await button(page, en.me.change).click();
    await page.getByLabel(en.signUp.email).fill(`new-${person.email}`);
    await button(page, en.me.save).click();
    await expect(heading(page, en.sessionEnded.title)).toBeVisible();
    await expect(link(page, en.sessionEnded.signIn)).toBeVisible();
  },
);

test('signing out of a session that was ended elsewhere signs out', async ({
  page,
  context,
  server,
}) => {
  const person = await signedUp(context, server);
  await page.goto('/welcome');
  await expectGreeting(page, person);
  await server.command('users', 'disable', person.username);
  await button(page, en.welcome.signOut).click();
  await expect(page.getByText(en.welcome.signedOut)).toBeVisible();
  await expect(link(page, en.landing.signIn)).toBeVisible();
  await page.goto('/welcome');
  await expect(heading(page, en.sessionEnded.title)).toBeVisible();
});

test('signing out in one tab signs out the other', ONCE, async ({ page, context, server }) => {
  const person = await signedUp(context, server);
  await page.goto('/welcome');
  await expectGreeting(page, person);
  const other = await context.newPage();
  await other.goto('/me');
  await expect(other.getByText(person.email)).toBeVisible();
  await button(page, en.welcome.signOut).click();
  await expect(heading(page, en.landing.title)).toBeVisible();
  await expect(heading(other, en.sessionEnded.title)).toBeVisible();
  await expect(other.getByText(person.email)).toHaveCount(0);
});

test('signing in in one tab signs in the other', ONCE, async ({ page, context, server }) => {
  const person = await registered(server);
  const other = await context.newPage();
  await other.goto('/welcome');
  await expect(heading(other, en.sessionEnded.title)).toBeVisible();
  await page.goto('/sign-in');
  await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
  await button(page, en.signIn.look).click();
  await expectGreeting(page, person);
  await expect(heading(other, en.welcome.greeting(person.username))).toBeVisible();
});

test(
  'a name that is remembered leads straight to the camera, until it is forgotten',
  ONCE,
  async ({ page, server }) => {
    const person = await registered(server);
    await page.goto('/sign-in');
    await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
    await page.getByLabel(en.signIn.remember).check();
    await button(page, en.signIn.look).click();
    await expectGreeting(page, person);
    await button(page, en.welcome.signOut).click();
    await expect(page.getByText(en.welcome.signedOut)).toBeVisible();
    await link(page, en.landing.signIn).click();
    await expectGreeting(page, person);

    // A look leads in so quickly that nobody could ask for another name meanwhile.
    await page.route('**/login', (route) => route.abort());
    await page.goto('/sign-in');
    await expect(heading(page, en.signIn.lookTitle(person.username))).toBeVisible();
    await link(page, en.signIn.useOther).click();
    await page.goto('/sign-in');
    await expect(heading(page, en.signIn.title)).toBeVisible();
  },
);
