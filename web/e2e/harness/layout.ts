import { expect, type Page } from '@playwright/test';
import { keepPicture, PICTURES } from './pictures.ts';

/** What pages are read on: a large screen, the same at 200 %, a phone, a small one, one on its side. */
export const VIEWPORTS = [
  { width: 1440, height: 900 },
  { width: 720, height: 450 },
  { width: 390, height: 844 },
  { width: 375, height: 553 },
  { width: 667, height: 375 },
] as const;

/** Expect of the page, as it is now, that nothing is cut off or covered on any of these screens. */
export async function expectLaidOut(page: Page, state: string): Promise<void> {
  const before = page.viewportSize();
  for (const viewport of VIEWPORTS) {
    await page.setViewportSize(viewport);
    const faults = await page.evaluate(findFaults);
    expect(faults, `${state} at ${viewport.width} x ${viewport.height}`).toEqual([]);
    if (PICTURES) await takePictures(page, `${state} ${viewport.width}x${viewport.height}`);
  }
  if (before) await page.setViewportSize(before);
}

/** Expect that the focus is somewhere in the page, as it must be after whatever was done. */
export async function expectFocusKept(page: Page, state: string): Promise<void> {
  const focused = await page.evaluate(() => document.activeElement?.tagName);
  expect(focused, `what has the focus on ${state}`).not.toBe('BODY');
}

async function takePictures(page: Page, name: string): Promise<void> {
  const language = await page.evaluate(() => document.documentElement.lang);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const file = `${name} ${language} ${colorScheme}`.replaceAll(' ', '-');
    await keepPicture(page, `layout/${file}`);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** Runs in the page. */
function findFaults(): string[] {
  const faults: string[] = [];
  const name = (element: Element) =>
    `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} ${element.textContent.slice(0, 40)}`;
  const seen = (element: Element) => element.checkVisibility({ visibilityProperty: true });
  const hiddenOnPurpose = '.visually-hidden, .camera-spoken, .codes-printed, .skip';

  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) faults.push(`the page is ${wide} px wide`);

  for (const element of document.querySelectorAll('body *')) {
    if (!(element instanceof HTMLElement) || !seen(element)) continue;
    if (element.closest(hiddenOnPurpose)) continue;
    const { overflowX, overflowY } = getComputedStyle(element);
    const cutX = overflowX === 'hidden' || overflowX === 'clip';
    const cutY = overflowY === 'hidden' || overflowY === 'clip';
    const text = element.textContent.trim() !== '';
    if (text && cutX && element.scrollWidth > element.clientWidth + 1) {
      faults.push(`cut off: ${name(element)}`);
    }
    if (text && cutY && element.scrollHeight > element.clientHeight + 1) {
      faults.push(`cut off below: ${name(element)}`);
    }
  }

  for (const control of document.querySelectorAll('a[href], button, input, select, summary')) {
    if (!seen(control) || control.closest(hiddenOnPurpose)) continue;
    const scroller = control.closest('.scroll, pre, .notice');
    const { left, right, top, bottom } = control.getBoundingClientRect();
    if (!scroller && (left < 0 || right > window.innerWidth + 1)) {
      faults.push(`beside the screen: ${name(control)}`);
    }
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    if (y < 0 || y >= window.innerHeight || x < 0 || x >= window.innerWidth) continue;
    const cover = document.elementFromPoint(x, y)?.closest('.Toastify');
    if (cover && !cover.contains(control)) faults.push(`under a toast: ${name(control)}`);
  }
  return faults;
}
