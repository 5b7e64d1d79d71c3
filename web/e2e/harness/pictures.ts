import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { SCREENSHOTS } from './places.ts';

/** Pictures of what the journeys see, for people to look at: FACELOGIN_E2E_PICTURES=1. */
export const PICTURES = process.env['FACELOGIN_E2E_PICTURES'] === '1';

/** Keep a picture of the page, where pictures are wanted; `name` may have folders in it. */
export async function keepPicture(
  page: Page,
  name: string,
  { fullPage = false }: { fullPage?: boolean } = {},
): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
}
