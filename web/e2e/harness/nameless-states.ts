import { expect, type Page } from '@playwright/test';
import { en } from '../../src/ui/words/en.ts';
import { button, CAPTURE_MS, hint, refusal } from './pages.ts';
import { signedUp } from './people.ts';
import type { State } from './states.ts';

/** Where a face is enough. The server's part is played here: it finds nobody, or is not sure. */
export function seenWithoutAName(): State[] {
  return [
    {
      name: 'just-look',
      camera: 'nobody',
      guide: 'real',
      reach: async ({ page }) => {
        await nameless(page);
        await page.goto('/sign-in');
        await expect(hint(page)).toHaveText(en.camera.hints.no_face, { timeout: CAPTURE_MS });
      },
    },
    refused('stranger', 401, 'not_recognised', en.signIn.stranger),
    refused('username-needed', 401, 'username_needed', en.codes['username_needed']!),
    {
      name: 'welcome-found',
      camera: 'obama',
      guide: 'light',
      reach: async ({ page, context, server }) => {
        await signedUp(context, server);
        await page.goto('/welcome');
        await page.evaluate(() => {
          history.replaceState({ usr: { found: true }, key: 'k' }, '');
        });
        await page.reload();
        await expect(button(page, en.welcome.notMe)).toBeVisible();
      },
    },
  ];
}

function refused(name: string, status: number, code: string, sentence: string): State {
  return {
    name: `just-look-${name}`,
    camera: 'obama',
    guide: 'light',
    reach: async ({ page }) => {
      await nameless(page);
      await page.route('**/login', (route) =>
        route.fulfill({ status, json: { code, message: code, request_id: 'r1' } }),
      );
      await page.goto('/sign-in');
      await expect(refusal(page)).toHaveText(sentence, { timeout: CAPTURE_MS });
    },
  };
}

async function nameless(page: Page): Promise<void> {
  await page.route('**/config', async (route) => {
    const response = await route.fetch();
    const config = (await response.json()) as object;
    await route.fulfill({ response, json: { ...config, identification: 'on' } });
  });
}
