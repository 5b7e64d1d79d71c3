import type { Page } from '@playwright/test';
import { en } from '../src/ui/words/en.ts';
import { expectAccessible } from './harness/axe.ts';
import { expect, test } from './harness/journey.ts';
import { hint, nameThemselves } from './harness/pages.ts';
import { registered } from './harness/people.ts';
import { watch } from './harness/watch.ts';

// What watches over the other tests is tested by pages that do what no page may do.

test('a page that does what none may is noted', async ({ browsers, server }) => {
  const browser = await browsers.with('obama');
  const context = await browser.newContext();
  const noted = await watch(context, server.url);
  const page = await context.newPage();
  await page.goto('/');
  expect(noted).toEqual([]);

  await page.evaluate(() => {
    const image = document.createElement('img');
    image.src = 'http://elsewhere.invalid/pixel.png';
    document.body.append(image);
    setTimeout(() => {
      throw new Error('nobody catches this');
    });
    console.error('a complaint');
  });
  await expect.poll(() => noted.join('\n')).toMatch(/content security policy: img-src/);
  await expect.poll(() => noted.join('\n')).toMatch(/nobody catches this/);
  expect(noted.join('\n')).toMatch(/console: a complaint/);
  await context.close();
});

test('a request to another origin is noted', async ({ browsers, server }) => {
  const browser = await browsers.with('obama');
  const context = await browser.newContext({ bypassCSP: true });
  const noted = await watch(context, server.url);
  const page = await context.newPage();
  await page.goto('/');
  await page.evaluate(() => fetch('http://elsewhere.invalid/').catch(() => undefined));
  expect(noted).toContain('request to http://elsewhere.invalid/');
  await context.close();
});

test.describe('before a camera', () => {
  test.use({ camera: 'nobody', guide: 'real' });

  test('all that the camera and its networks load comes from here', async ({
    page,
    context,
    server,
  }) => {
    const addresses: URL[] = [];
    context.on('request', (request) => addresses.push(new URL(request.url())));
    await nameThemselves(page, await registered(server));
    await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    const loaded = addresses.filter(({ protocol }) => protocol.startsWith('http'));
    expect(new Set(loaded.map(({ origin }) => origin))).toEqual(new Set([server.url]));
    const byTheWorker = loaded.filter(({ pathname }) => /\.(wasm|bin)$/.test(pathname));
    expect(byTheWorker.length).toBeGreaterThan(0);
  });
});

test('no text becomes markup', async ({ browsers, server }) => {
  const browser = await browsers.with('obama');
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  const said = await page.evaluate(() => {
    try {
      document.createElement('div').innerHTML = '<b>markup</b>';
      return 'nothing';
    } catch (error) {
      return String(error);
    }
  });
  expect(said).toMatch(/TrustedHTML/);
  await context.close();
});

test('a button without a name is found by axe-core', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await addNamelessButton(page);
  await expect(expectAccessible(page, 'a page with a fault')).rejects.toThrow(/button-name/);
});

async function addNamelessButton(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.querySelector('main')?.append(document.createElement('button'));
  });
}
