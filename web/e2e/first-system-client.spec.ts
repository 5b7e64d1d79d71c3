import type { Page, Request } from '@playwright/test';
import { FirstSystem } from './harness/first-system.ts';
import { expect, test as journey } from './harness/journey.ts';
import { registered, somebody } from './harness/people.ts';
import { watch } from './harness/watch.ts';

/** A test in which the first system's client has its page open, on another site than the API. */
const test = journey.extend<{ firstSystem: FirstSystem; calls: Request[] }>({
  firstSystem: async ({ settings }, use) => {
    const firstSystem = new FirstSystem();
    try {
      await firstSystem.start(settings);
      await use(firstSystem);
    } finally {
      await firstSystem.end();
    }
  },
  baseURL: async ({ firstSystem }, use) => {
    await use(firstSystem.page);
  },
  context: async ({ browsers, camera, firstSystem }, use) => {
    const context = await (await browsers.with(camera)).newContext();
    const noted = await watch(context, firstSystem.page, firstSystem.api);
    await use(context);
    await context.close();
    expect(noted, 'what the page must never do').toEqual([]);
  },
  calls: async ({ context, firstSystem }, use) => {
    const calls: Request[] = [];
    context.on('request', (request) => {
      if (request.url().startsWith(firstSystem.api)) calls.push(request);
    });
    await use(calls);
  },
});

async function open(page: Page): Promise<void> {
  await page.goto('/');
  await expect(page.getByRole('status')).toHaveText('The camera is on.');
}

async function logIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('its client registers, signs in by the face alone and is greeted, all without cookies', async ({
  page,
  context,
  firstSystem,
  calls,
}) => {
  const ana = somebody();
  await open(page);
  await page.getByLabel('Email').fill(ana.email);
  await page.getByLabel('Username').fill(ana.username);
  await page.getByRole('button', { name: 'Register' }).click();
  const status = page.getByRole('status');
  await expect(status).toHaveText(`Welcome, ${ana.username}. You are signed in.`);
  await logIn(page);
  await expect(status).toHaveText(`${ana.username}: Welcome back, ${ana.username}.`);

  const [register, login, greeting, ...more] = calls;
  expect(more).toEqual([]);
  expect(Object.keys(register!.postDataJSON() as object)).toEqual(['email', 'username', 'image']);
  expect(Object.keys(login!.postDataJSON() as object)).toEqual(['image']);
  expect(greeting!.url()).toMatch(/\/greeting\?student_id=[\w-]{43}$/);
  for (const call of [register!, login!, greeting!]) {
    const sent = await call.allHeaders();
    expect(sent['origin']).toBe(firstSystem.page);
    expect(sent['sec-fetch-site']).toBe('cross-site');
    expect(sent).not.toHaveProperty('cookie');
  }

  // facelogin has offered its session as always, and the browser has not taken it.
  const offered = await (await login!.response())!.allHeaders();
  expect(offered['set-cookie']).toContain('facelogin=');
  expect(await context.cookies(firstSystem.api)).toEqual([]);
  const account = await page.evaluate(
    async (url) => (await fetch(url, { credentials: 'include' })).status,
    `${firstSystem.api}/account`,
  );
  expect(account).toBe(401);
});

test.describe('with a stranger before the camera', () => {
  test.use({ camera: 'biden' });

  test('nobody is signed in, and the page shows the sentence that says so', async ({
    page,
    firstSystem,
    calls,
  }) => {
    await registered({ url: firstSystem.api }, 'obama');
    await open(page);
    await logIn(page);
    await expect(page.getByRole('status')).toHaveText("I don't know you.");
    expect(calls.map((call) => new URL(call.url()).pathname)).toEqual(['/login']);
  });
});
