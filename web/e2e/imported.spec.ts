import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { en } from '../src/ui/words/en.ts';
import { expectAccessible } from './harness/axe.ts';
import { expect, ONCE, test } from './harness/journey.ts';
import {
  button,
  expectGreeting,
  heading,
  pressShutter,
  requestsTo,
  withoutGuidance,
} from './harness/pages.ts';
import { PROJECT, stillPath, TEST_PYTHON } from './harness/places.ts';
import { startMongoDb, type Server } from './harness/server.ts';

test.use({ settings: { FACELOGIN_CONSENT_REQUIRED: 'true' }, ownServer: true });

const OLD_NAME = 'Ana Maria';
const PERSON = { username: 'ana.maria', email: 'ana.maria@example.org' };

/** Put one person into a database of the first system, import it, and serve what came in. */
async function importPerson(server: Server): Promise<void> {
  const mongoDb = await startMongoDb();
  try {
    const fill = join(PROJECT, 'tests', 'old_system.py');
    const person = [OLD_NAME, PERSON.email, stillPath('obama')];
    const path = [PROJECT, join(PROJECT, 'tests'), join(PROJECT, 'src')].join(delimiter);
    const env = { ...process.env, PYTHONPATH: path };
    await promisify(execFile)(TEST_PYTHON, [fill, mongoDb.url, ...person], { env });
    const source = ['--mongodb', mongoDb.url, '--rename', '--codes', 'codes.tsv'];
    await server.command('import', 'first-system', ...source);
  } finally {
    await mongoDb.child.stop();
  }
  await server.restartWith({});
}

test(
  'somebody who was imported agrees before the camera opens, and then one look is enough',
  ONCE,
  async ({ page, server, anotherContext }) => {
    test.setTimeout(240_000);
    await importPerson(server);
    // Everybody is asked as long as anybody has to be.
    const stranger = await (await anotherContext()).newPage();
    await stranger.goto('/sign-in');
    await stranger.getByLabel(en.signIn.username, { exact: true }).fill('nobody-of-that-name');
    await button(stranger, en.signIn.look).click();
    await expect(heading(stranger, en.signUp.consentTitle)).toBeVisible();

    const cameraOff = expect(page.locator('video'));
    const logins = requestsTo(page, 'POST', '/login');
    await withoutGuidance(page);
    await page.goto('/sign-in');
    await page.getByLabel(en.signIn.username, { exact: true }).fill(PERSON.username);
    await button(page, en.signIn.look).click();

    await expect(heading(page, en.signUp.consentTitle)).toBeFocused();
    await cameraOff.toHaveCount(0);
    await expectAccessible(page, 'consent before signing in');
    await button(page, en.signUp.next).click();
    await expect(page.getByText(en.signUp.agreeNeeded)).toBeVisible();
    await cameraOff.toHaveCount(0);
    expect(logins).toHaveLength(0);

    await page.getByLabel(en.signUp.agree).check();
    await button(page, en.signUp.next).click();
    await expect(heading(page, en.signIn.lookTitle(PERSON.username))).toBeFocused();
    await pressShutter(page);
    await expectGreeting(page, PERSON);
    expect(logins).toHaveLength(1);
    const facts = JSON.parse(await server.command('users', 'show', PERSON.username, '--json')) as {
      consent_to: string | null;
      template_engine: string;
    };
    expect(facts.consent_to).toMatch(/^[0-9a-f]{12}$/);
    expect(facts.template_engine).toMatch(/^face-recognition /);

    await button(page, en.welcome.signOut).click();
    await page.goto('/sign-in');
    await page.getByLabel(en.signIn.username, { exact: true }).fill(PERSON.username);
    await button(page, en.signIn.look).click();
    await pressShutter(page);
    await expectGreeting(page, PERSON);
  },
);
