import type { Page } from '@playwright/test';
import { de } from '../src/ui/words/de.ts';
import { en, type Words } from '../src/ui/words/en.ts';
import { es } from '../src/ui/words/es.ts';
import { expect, test } from './harness/journey.ts';
import { VIEWPORTS } from './harness/layout.ts';
import { playFilm } from './harness/live-camera.ts';
import { askForTurn } from './harness/live-states.ts';
import { button, hint, withoutGuidance } from './harness/pages.ts';
import { keepPicture } from './harness/pictures.ts';

const LANGUAGES: readonly (readonly [string, Words])[] = [
  ['en', en],
  ['de', de],
  ['es', es],
];

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where something is shown, in the viewport. */
async function boxOf(page: Page, selector: string): Promise<Box> {
  return page
    .locator(selector)
    .evaluate((element) => element.getBoundingClientRect().toJSON() as Box);
}

function expectWithin(inner: Box, outer: Box, what: string): void {
  expect.soft(inner.left, `${what}, left`).toBeGreaterThanOrEqual(outer.left - 1);
  expect.soft(inner.top, `${what}, top`).toBeGreaterThanOrEqual(outer.top - 1);
  expect.soft(inner.right, `${what}, right`).toBeLessThanOrEqual(outer.right + 1);
  expect.soft(inner.bottom, `${what}, bottom`).toBeLessThanOrEqual(outer.bottom + 1);
}

/** Open the camera as somebody whose name is remembered, and begin by the button. */
async function beginToTurn(page: Page, words: Words): Promise<void> {
  await page.goto('/sign-in');
  await expect(hint(page)).toHaveText(words.camera.live.ready);
  await button(page, words.camera.live.start).click();
  await expect(hint(page)).toHaveText(words.camera.live.turn.down);
}

for (const [language, words] of LANGUAGES) {
  test(`the hint lies on the picture and in view, in ${language}`, async ({ page }) => {
    await withoutGuidance(page);
    await playFilm(page, 'person', { heldAt: 0 });
    await askForTurn(page, 'down');
    await page.addInitScript((tag) => {
      Object.defineProperty(navigator, 'languages', { value: [tag] });
      localStorage.setItem('facelogin-name', 'ana');
    }, language);
    for (const viewport of VIEWPORTS) {
      const size = `${viewport.width}x${viewport.height}`;
      await page.setViewportSize(viewport);
      await beginToTurn(page, words);
      const seen = { left: 0, top: 0, right: viewport.width, bottom: viewport.height };
      const stage = await boxOf(page, '.camera-stage');
      expectWithin(await boxOf(page, '.camera-hint'), stage, `the hint in the picture, ${size}`);
      expectWithin(stage, seen, `the picture in view, ${size}`);
      expectWithin(
        await boxOf(page, '.camera-controls > .camera-button'),
        seen,
        `the way out in view, ${size}`,
      );
      await expect(page.locator('.camera-count')).toHaveText(words.camera.live.turnOf(1, 3));
      await keepPicture(page, `live-in-view-${language}-${size}`);
    }
  });
}
