import { en } from '../src/ui/words/en.ts';
import { expectAccessible } from './harness/axe.ts';
import { expect, test } from './harness/journey.ts';
import { button, heading } from './harness/pages.ts';
import { signedUp } from './harness/people.ts';

// An answer that no server of this version gives makes the page fail while it is drawn.
test.use({ brokenOnPurpose: /TypeError|at \w+ \(/ });

test('a page that breaks says so and leads on, and is never blank', async ({
  page,
  context,
  server,
}) => {
  const person = await signedUp(context, server);
  await page.route('**/account', (route) => route.fulfill({ json: { username: person.username } }));
  await page.goto('/me');
  await expect(heading(page, en.crash.title)).toBeVisible();
  await expectAccessible(page, 'a broken page');
  await page.unroute('**/account');
  await button(page, en.crash.reload).click();
  await expect(page.getByText(person.email)).toBeVisible();
});
