import { readFileSync } from 'node:fs';
import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  button,
  CAPTURE_MS,
  heading,
  link,
  nameThemselves,
  refusal,
  requestsTo,
} from './harness/pages.ts';
import { registered, signedUp, signIn } from './harness/people.ts';

test(
  'everything that is kept is taken along in one file',
  ONCE,
  async ({ page, context, server }) => {
    const person = await signedUp(context, server);
    await page.goto('/me');
    const download = page.waitForEvent('download');
    await button(page, en.me.exportStart).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`facelogin-${person.username}.json`);
    const text = readFileSync(await saved.path(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      profile: { username: person.username, email: person.email },
    });
    for (const code of person.recoveryCodes) expect(text).not.toContain(code);
    await expect(page.getByText(en.me.exported)).toBeVisible();
  },
);

test('an account is erased, and nobody gets in any more', async ({ page, context, server }) => {
  test.setTimeout(120_000);
  const person = await registered(server);
  const erasures = requestsTo(page, 'DELETE', '/account');
  await signIn(context, server, person);
  await page.goto('/me');
  await button(page, en.me.eraseStart).click();
  const confirmation = page.getByLabel(en.me.eraseConfirm(person.username));
  await button(page, en.me.eraseNow).click();
  await expect(page.getByText(en.me.eraseNotConfirmed)).toBeVisible();
  expect(erasures).toHaveLength(0);
  await confirmation.fill(person.username);
  await button(page, en.me.eraseNow).dblclick();
  await expect(heading(page, en.erased.title)).toBeFocused();
  expect(erasures).toHaveLength(1);
  await page.reload();
  await expect(heading(page, en.erased.title)).toBeVisible();

  await link(page, en.erased.home).click();
  await expect(link(page, en.landing.signIn)).toBeVisible();
  await page.goto('/me');
  await expect(heading(page, en.sessionEnded.title)).toBeVisible();
  await nameThemselves(page, person);
  await expect(refusal(page)).toHaveText(en.codes['not_recognised']!, { timeout: CAPTURE_MS });
  expect(await server.command('users', 'list')).not.toContain(person.username);
});

test('people see what happened on their account, in words', async ({
  page,
  context,
  server,
  anotherContext,
}) => {
  const person = await registered(server);
  await signIn(await anotherContext(), server, person);
  await signIn(context, server, person); // a browser is known from here on
  await signIn(context, server, person);
  await page.goto('/me');
  const activity = page.locator('.activity');
  await expect(activity.getByText(en.me.actions['login_face']!)).toHaveCount(4); // registering signs in, too
  await expect(activity.getByText(en.me.actions['register']!)).toHaveCount(1);
  await expect(activity.getByText(en.me.thisDevice)).toHaveCount(1);
  expect((await activity.allTextContents()).join('\n')).not.toMatch(/login|step_up|\bok\b/);
});

test.describe('on a server whose notice changes', () => {
  test.use({ ownServer: true });

  test(
    'a notice that changes is read and agreed to anew, in the language of the browser',
    ONCE,
    async ({ page, context, server }) => {
      test.setTimeout(120_000);
      const person = await registered(server);
      const english = server.write('notice.en.md', '# Notice\n\nAsk **Ada**. Kept for a year.\n');
      const german = server.write('notice.de.md', '# Hinweis\n\nFragen Sie **Ada**.\n');
      await server.restartWith({ FACELOGIN_NOTICE_FILE: `de=${german},en=${english}` });
      await signIn(context, server, person);
      await page.goto('/me');
      await expect(page.getByRole('heading', { name: en.me.noticeChanged })).toBeVisible();
      await button(page, en.me.noticeRead).click();
      const notice = page.getByRole('region', { name: en.signUp.noticeLabel, exact: true });
      await expect(notice).toContainText('Kept for a year');
      await expect(notice.locator('[lang]')).toHaveAttribute('lang', 'en');
      await page.getByLabel(en.signUp.agree).check();
      await button(page, en.signUp.next).click();
      await expect(page.getByText(en.me.noticeAgreed)).toBeVisible();
      await expect(page.getByRole('heading', { name: en.me.noticeChanged })).toHaveCount(0);
      await page.reload();
      await expect(page.getByText(person.email)).toBeVisible();
      await expect(page.getByRole('heading', { name: en.me.noticeChanged })).toHaveCount(0);
    },
  );
});
