import { en } from '../src/ui/words/en.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  button,
  CAPTURE_MS,
  expectGreeting,
  giveCode,
  link,
  nameThemselves,
  pressShutter,
  refusal,
  requestsTo,
  withoutGuidance,
} from './harness/pages.ts';
import { registered, somebody, tryFace } from './harness/people.ts';

const WRONG_LOOKS = 5;

test.describe('with somebody else before the camera', () => {
  test.use({ camera: 'biden' });

  test('five wrong looks lead to a wait that is counted down, and a code leads in', async ({
    page,
    server,
  }) => {
    test.setTimeout(120_000);
    const person = await registered(server, 'obama');
    const logins = requestsTo(page, 'POST', '/login');
    await withoutGuidance(page);
    await nameThemselves(page, person);
    for (let look = 1; look <= WRONG_LOOKS; look += 1) {
      await pressShutter(page);
      await expect(refusal(page)).toHaveText(en.codes['not_recognised']!);
      await button(page, en.failure.tryAgain).click();
    }
    await pressShutter(page);
    await expect(refusal(page)).toHaveText(en.codes['too_many_attempts']!, { timeout: CAPTURE_MS });
    const timer = page.getByRole('timer');
    await expect(timer).toHaveText(/You can try again in \d+ seconds?\./);
    await expect(button(page, en.failure.tryAgain)).toHaveAttribute('aria-disabled', 'true');
    const before = await timer.textContent();
    await expect(timer).not.toHaveText(before!);

    await button(page, en.failure.tryAgain).click({ force: true });
    expect(logins).toHaveLength(WRONG_LOOKS + 1);
    await expect(page.locator('video')).toHaveCount(0);

    await link(page, en.recovery.useCodeInstead).click();
    await giveCode(page, person.recoveryCodes[0]!);
    await expectGreeting(page, person);
  });
});

test('a name that nobody has is locked in the same words', ONCE, async ({ page, server }) => {
  const nobody = somebody('nobody');
  for (let look = 1; look <= WRONG_LOOKS; look += 1) {
    expect(await tryFace(server, nobody, 'biden')).toBe(401);
  }
  await nameThemselves(page, nobody);
  await expect(refusal(page)).toHaveText(en.codes['too_many_attempts']!, { timeout: CAPTURE_MS });
  await expect(page.getByRole('timer')).toHaveText(/You can try again in \d+ seconds?\./);
});

test('who has signed in here before is not kept out by the wrong looks of strangers', async ({
  page,
  server,
}) => {
  test.setTimeout(120_000);
  const person = await registered(server, 'obama');
  await nameThemselves(page, person);
  await expectGreeting(page, person);
  await button(page, en.welcome.signOut).click();
  await expect(page.getByText(en.welcome.signedOut)).toBeVisible();
  for (let look = 1; look <= WRONG_LOOKS; look += 1) {
    expect(await tryFace(server, person, 'biden')).toBe(401);
  }
  expect(await tryFace(server, person, 'obama')).toBe(429);
  await nameThemselves(page, person);
  await expectGreeting(page, person);
});
