import type { Page } from '@playwright/test';
import { expectAccessible, expectReadable } from './harness/axe.ts';
import { test } from './harness/journey.ts';
import { keepPicture } from './harness/pictures.ts';
import { STATES } from './harness/states.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** In another scheme of the same size only the colours differ. */
const APPEARANCES = [
  { name: 'desktop-light', viewport: DESKTOP, colorScheme: 'light', expectFine: expectAccessible },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark', expectFine: expectReadable },
  { name: 'phone-dark', viewport: PHONE, colorScheme: 'dark', expectFine: expectAccessible },
  { name: 'phone-light', viewport: PHONE, colorScheme: 'light', expectFine: expectReadable },
] as const;

/** Show the page in another size and scheme, and wait until it is drawn so. */
async function appear(page: Page, appearance: (typeof APPEARANCES)[number]): Promise<void> {
  await page.setViewportSize(appearance.viewport);
  await page.emulateMedia({ colorScheme: appearance.colorScheme, reducedMotion: 'reduce' });
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
}

const cameras = [...new Set(STATES.map(({ camera }) => camera))];

// State by state, but one camera after the other: each camera is another launch of the browser.
for (const camera of cameras) {
  test.describe(`before a camera that shows: ${camera}`, () => {
    test.use({ camera });

    for (const { name, guide, reach } of STATES.filter((each) => each.camera === camera)) {
      test.describe(() => {
        test.use({ guide });

        test(`axe-core finds nothing serious on ${name}, in light and dark, small and large`, async ({
          page,
          context,
          server,
        }) => {
          await page.emulateMedia({ reducedMotion: 'reduce' });
          await reach({ page, context, server });
          for (const appearance of APPEARANCES) {
            await appear(page, appearance);
            await keepPicture(page, `${name}-${appearance.name}`, { fullPage: true });
            await appearance.expectFine(page, `${name}, ${appearance.name}`);
          }
        });
      });
    }
  });
}
