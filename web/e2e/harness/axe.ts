import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expect that axe-core finds nothing serious or critical in the page as it is now. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  const known = await page.evaluate(() => 'axe' in globalThis);
  if (!known) await page.evaluate(SOURCE);
  const found = await page.evaluate(async () => {
    // A colour that is still on its way to another one is nobody's contrast.
    const passing = document
      .getAnimations()
      .filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
    await Promise.all(passing.map(({ finished }) => finished.catch(() => undefined)));
    const { axe } = globalThis as unknown as {
      axe: { run(options: RunOptions): Promise<AxeResults> };
    };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({
        id,
        nodes: nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`),
      }));
  });
  expect(found, `what axe-core finds on: ${state}`).toEqual([]);
}
