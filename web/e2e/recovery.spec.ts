import { readFileSync } from 'node:fs';
import { en } from '../src/ui/words/en.ts';
import { expectAccessible } from './harness/axe.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  agree,
  button,
  expectGreeting,
  fillDetails,
  giveCode,
  heading,
  keepCodes,
  link,
  nameThemselves,
  pressShutter,
  refusal,
  requestsTo,
  signOutAndName,
  takeThree,
  withoutGuidance,
} from './harness/pages.ts';
import { registered, signedUp, somebody } from './harness/people.ts';

test('codes are kept, one signs in where the face does not, and the face is enrolled anew', async ({
  page,
}) => {
  test.setTimeout(120_000);
  const person = somebody();
  await withoutGuidance(page);
  await page.goto('/sign-up');
  await fillDetails(page, person);
  await agree(page);
  await takeThree(page);
  const codes = await keepCodes(page);
  expect(new Set(codes).size).toBe(10);
  await signOutAndName(page, person);

  await link(page, en.recovery.useCode).click();
  await expect(heading(page, en.signIn.lookTitle(person.username))).toBeVisible();
  await expect(page.getByLabel(en.recovery.field)).toBeFocused();
  await expect(page.locator('video')).toHaveCount(0);
  await giveCode(page, ` ${codes[0]!.toLowerCase().replaceAll('-', ' ')} `);
  await expectGreeting(page, person);
  await expect(page.getByText(en.recovery.left(9))).toBeVisible();

  await link(page, en.recovery.enrol).click();
  const anew = page.getByRole('heading', { name: en.me.reenrol });
  await expect(anew).toBeFocused();
  await expect(anew).toBeInViewport();
  await takeThree(page);
  await expect(page.getByText(en.me.reenrolled)).toBeVisible();
  await expect(page.getByText('computed from pictures of one moment')).toBeVisible();
  await expect(page.getByText(en.me.actions['login_code']!)).toBeVisible();

  await button(page, en.me.signOut).click();
  await nameThemselves(page, person);
  await pressShutter(page);
  await expectGreeting(page, person);
});

test('a code works once, and says so', async ({ page, server }) => {
  const person = await registered(server);
  const [code] = person.recoveryCodes;
  await page.goto('/sign-in?way=code');
  await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
  await giveCode(page, code!);
  await expectGreeting(page, person);
  await button(page, en.welcome.signOut).click();
  await page.goto('/sign-in?way=code');
  await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
  await giveCode(page, code!);
  await expect(refusal(page)).toHaveText(en.recovery.notFitting);
  await giveCode(page, person.recoveryCodes[1]!);
  await expectGreeting(page, person);
  await expect(page.getByText(en.recovery.left(8))).toBeVisible();
});

test(
  'new codes are copied, saved and printed, and not left without a question',
  ONCE,
  async ({ page, context, server }) => {
    const person = await signedUp(context, server);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto('/me');
    await expect(page.getByText(en.recovery.left(10))).toBeVisible();
    await button(page, en.recovery.renew).click();
    await button(page, en.recovery.renewNow).click();
    await expect(heading(page, en.recovery.keepTitle)).toBeFocused();
    const codes = await page.locator('.codes code').allTextContents();
    expect(codes).toHaveLength(10);
    expect(codes).not.toContain(person.recoveryCodes[0]);
    await expectAccessible(page, 'new recovery codes');

    await button(page, en.recovery.copy).click();
    await expect(page.getByText(en.recovery.copied)).toBeVisible();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.split(/\r?\n/)).toEqual(codes);

    const download = page.waitForEvent('download');
    await button(page, en.recovery.download).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`facelogin-${person.username}.txt`);
    const lines = readFileSync(await saved.path(), 'utf8').split(/\r?\n/);
    expect(lines).toEqual(expect.arrayContaining(codes));

    await page.emulateMedia({ media: 'print' });
    await expect(page.locator('.codes')).toBeVisible();
    await expect(page.getByText(en.recovery.sheetUse)).toBeVisible();
    for (const hidden of [heading(page, en.recovery.keepTitle), page.getByRole('button')]) {
      for (const element of await hidden.all()) await expect(element).toBeHidden();
    }
    await page.emulateMedia({ media: 'screen' });

    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.message());
      void dialog.dismiss();
    });
    await link(page, en.app.name).click();
    expect(questions).toEqual([en.recovery.leave]);
    await expect(heading(page, en.recovery.keepTitle)).toBeVisible();

    await keepCodes(page);
    await expect(heading(page, en.me.title)).toBeVisible();
    await expect(page.getByText(en.recovery.left(10))).toBeVisible();
  },
);

test(
  'closing the page before the codes are kept is asked about by the browser',
  ONCE,
  async ({ page, context, server }) => {
    await signedUp(context, server);
    await page.goto('/me');
    await button(page, en.recovery.renew).click();
    await button(page, en.recovery.renewNow).click();
    await expect(heading(page, en.recovery.keepTitle)).toBeVisible();
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.accept();
  },
);

test(
  'a session of a code is asked for no face that it never showed',
  ONCE,
  async ({ page, server }) => {
    const person = await registered(server);
    const stepUps = requestsTo(page, 'POST', '/session/step-up');
    await page.goto('/sign-in?way=code');
    await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
    await giveCode(page, person.recoveryCodes[0]!);
    await expectGreeting(page, person);
    await link(page, en.welcome.me).click();
    await button(page, en.recovery.renew).click();
    await button(page, en.recovery.renewNow).click();
    await expect(heading(page, en.recovery.keepTitle)).toBeVisible();
    expect(stepUps).toHaveLength(0);
  },
);
