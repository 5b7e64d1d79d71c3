import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { en } from '../../src/ui/words/en.ts';
import { test } from '../harness/journey.ts';
import { CAPTURE_MS, hint, nameThemselves } from '../harness/pages.ts';
import { registered, type Person } from '../harness/people.ts';
import { WEB } from '../harness/places.ts';

const REPEATS = 7;
const LOOKS = 60;
/** The name of the app's own measure of each look, from frame to view. */
const LOOK_MEASURE = 'facelogin-look';

test.use({ guide: 'real' });

test('measure opening, greeting and guidance', async ({ context, server, browsers }) => {
  const person = await registered(server);
  const results = {
    first_contentful_paint_ms: await firstPaints(context),
    first_contentful_paint_with_cache_ms: await firstPaints(context, { warm: true }),
    opened_to_greeted_ms: await greetings(context, person),
    guidance: {} as object,
    browser: `Chromium ${(await browsers.with('obama')).version()}`,
  };
  const still = await browsers.with('nobody');
  const empty = await still.newContext();
  results.guidance = { nobody: await guidanceRate(await empty.newPage(), person) };
  await empty.close();
  const two = await (await browsers.with('two')).newContext();
  results.guidance = {
    ...results.guidance,
    two_faces: await guidanceRate(await two.newPage(), person),
  };
  await two.close();
  const json = JSON.stringify(results, null, 2);
  mkdirSync(join(WEB, 'test-results'), { recursive: true });
  writeFileSync(join(WEB, 'test-results', 'measurements.json'), `${json}\n`);
  console.log(json);
});

/** Time from asking for the sign-in page to its first text, in milliseconds. */
async function firstPaints(context: BrowserContext, { warm = false } = {}): Promise<object> {
  const times: number[] = [];
  const warmed = warm ? context : null;
  for (let run = 0; run < REPEATS; run += 1) {
    const used = warmed ?? (await context.browser()!.newContext());
    const page = await used.newPage();
    await page.goto('/sign-in');
    const paint = await page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    );
    times.push((await paint.jsonValue())!);
    await page.close();
    if (!warmed) await used.close();
  }
  return summary(times);
}

/** Time from opening the page, the name remembered, to being greeted; nobody touches anything. */
async function greetings(context: BrowserContext, person: Person): Promise<object> {
  const times: number[] = [];
  for (let run = 0; run < REPEATS; run += 1) {
    const page = await context.newPage();
    await page.goto('/nope');
    await page.evaluate((name) => {
      localStorage.setItem('facelogin-name', name);
    }, person.username);
    const openedMs = performance.now();
    await page.goto('/sign-in', { waitUntil: 'commit' });
    await page
      .getByRole('heading', { name: en.welcome.greeting(person.username) })
      .waitFor({ timeout: CAPTURE_MS });
    times.push(performance.now() - openedMs);
    await page.close();
    await context.clearCookies();
  }
  return summary(times);
}

/** Looks a second while guidance runs, and how long one look takes. */
async function guidanceRate(page: Page, person: Person): Promise<object> {
  await nameThemselves(page, person);
  await hint(page).waitFor();
  await page.waitForFunction(
    ([name, wanted]) => performance.getEntriesByName(name).length >= wanted,
    [LOOK_MEASURE, LOOKS] as const,
    { timeout: 120_000 },
  );
  const looks = await page.evaluate(
    (name) =>
      performance
        .getEntriesByName(name)
        .slice(5)
        .map(({ startTime, duration }) => ({ startTime, duration })),
    LOOK_MEASURE,
  );
  const seconds = (looks.at(-1)!.startTime - looks[0]!.startTime) / 1000;
  return {
    detections_per_second: round((looks.length - 1) / seconds),
    look_ms: summary(looks.map(({ duration }) => duration)),
  };
}

function summary(values: readonly number[]): { median: number; fastest: number; slowest: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: round(sorted[Math.floor(sorted.length / 2)]!),
    fastest: round(sorted[0]!),
    slowest: round(sorted.at(-1)!),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
