import { expect, type Page } from '@playwright/test';
import { en } from '../../src/ui/words/en.ts';
import { playFilm } from './live-camera.ts';
import type { GuideKind } from './light-guide.ts';
import { button, CAPTURE_MS, hint, nameThemselves, refusal, withoutGuidance } from './pages.ts';
import type { State } from './states.ts';

/** Longer than any test. */
const FOR_EVER_MS = 600_000;
const ANA = { username: 'ana', email: '' };
const CENTRE = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 };
const turn = (direction: string) => ({
  n: 1,
  type: 'turn',
  direction,
  min_frames: 6,
  max_ms: FOR_EVER_MS,
});
const FLASH = {
  n: 1,
  type: 'flash',
  colours: ['#ff00ff'],
  slot_ms: FOR_EVER_MS,
  min_frames: 8,
  max_ms: FOR_EVER_MS,
};

/** The states of a live look. The server's part is played here, so that they stay as they are. */
export function seenInALiveLook(): State[] {
  return [
    live('live-ready', async (page) => {
      await withoutGuidance(page);
      await playFilm(page, 'person');
      await asked(page, { flash: true });
      await nameThemselves(page, ANA);
      await expect(hint(page)).toHaveText(en.camera.live.ready);
    }),
    live(
      'live-turn-left',
      (page) => performing(page, turn('left'), en.camera.live.turn.left, 10),
      'real',
    ),
    live('live-turn-up', (page) => performing(page, turn('up'), en.camera.live.turn.up, 0), 'real'),
    live(
      'live-turn-back',
      (page) => performing(page, turn('right'), en.camera.live.back, 28),
      'real',
    ),
    live('live-flash', (page) => performing(page, FLASH, en.camera.live.flash, 0)),
    live('live-failed', async (page) => {
      await playFilm(page, 'person');
      await asked(page, { answer: { status: 'failed', code: 'liveness_failed' } });
      await nameThemselves(page, ANA);
      await expect(refusal(page)).toHaveText(en.codes['liveness_failed']!, { timeout: CAPTURE_MS });
      await expect(button(page, en.failure.tryAgain)).toBeVisible();
    }),
  ];
}

/** Where a turn has been measured, the page's own networks measure it; else nothing has to. */
function live(
  name: string,
  reach: (page: Page) => Promise<void>,
  guide: GuideKind = 'light',
): State {
  return { name, camera: 'obama', guide, reach: ({ page }) => reach(page) };
}

/** A step that somebody is in the middle of, as long as one looks. */
async function performing(page: Page, step: object, words: string, heldAt: number): Promise<void> {
  await playFilm(page, 'person', { heldAt });
  await asked(page, { answer: { status: 'continue', step } });
  await nameThemselves(page, ANA);
  await expect(hint(page)).toHaveText(words, { timeout: CAPTURE_MS });
}

/** A server that asks for this turn, and for nothing after it. */
export async function askForTurn(page: Page, direction: string): Promise<void> {
  await asked(page, { answer: { status: 'continue', step: turn(direction) } });
}

/** A server that asks for a live look, and says this to its first step. */
async function asked(
  page: Page,
  { flash = false, answer = {} }: { flash?: boolean; answer?: object },
): Promise<void> {
  await page.route('**/config', async (route) => {
    const response = await route.fetch();
    const config = (await response.json()) as object;
    await route.fulfill({ response, json: { ...config, required_assurance: 'live', flash } });
  });
  await page.route('**/challenges', (route) =>
    route.fulfill({
      status: 201,
      json: { challenge_id: 'c1', nonce: 'n1', expires_in_s: 60, step: CENTRE },
    }),
  );
  await page.route('**/challenges/c1/steps/*', (route) => route.fulfill({ json: answer }));
}
