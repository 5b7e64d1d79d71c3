import { expect, test } from './harness/journey.ts';

for (const width of [390, 320]) {
  test(`the API documentation fits a screen of ${width} pixels`, async ({ page, server }) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`${server.url}/docs`);
    await expect(page.getByRole('article').first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
}
