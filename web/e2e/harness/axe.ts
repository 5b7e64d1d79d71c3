import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules that another colour scheme can break while all else on the page stays as it is. */
const ABOUT_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Expect that axe-core finds nothing serious or critical in the page as it is now. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  await expectNoViolation(page, state, { resultTypes: ['violations'] });
}

/** Expect the same of the page's colours alone, in another colour scheme than it was looked at in. */
export async function expectReadable(page: Page, state: string): Promise<void> {
  await expectNoViolation(page, state, { resultTypes: ['violations'], runOnly: ABOUT_COLOURS });
}

async function expectNoViolation(page: Page, state: string, options: RunOptions): Promise<void> {
  const known = await page.evaluate(() => 'axe' in globalThis);
  if (!known) await page.evaluate(SOURCE);
  const found = await page.evaluate(async (given) => {
    // A colour that is still on its way to another one is nobody's contrast.
    const passing = document
      .getAnimations()
      .filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
    await Promise.all(passing.map(({ finished }) => finished.catch(() => undefined)));
    const { axe } = globalThis as unknown as {
      axe: { run(options: RunOptions): Promise<AxeResults> };
    };
    const { violations } = await axe.run(given);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({
        id,
        nodes: nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`),
      }));
  }, options);
  expect(found, `what axe-core finds on: ${state}`).toEqual([]);
}
