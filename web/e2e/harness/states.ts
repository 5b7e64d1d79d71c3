import { expect, type BrowserContext, type Page, type Route } from '@playwright/test';
import { en } from '../../src/ui/words/en.ts';
import type { CameraKind } from './browsers.ts';
import { setHidden } from './camera-tracks.ts';
import type { GuideKind } from './light-guide.ts';
import { seenInALiveLook } from './live-states.ts';
import { seenWithoutAName } from './nameless-states.ts';
import {
  agree,
  button,
  CAPTURE_MS,
  expectFirstGreeting,
  expectGreeting,
  fillDetails,
  giveCode,
  heading,
  hint,
  keepCodes,
  nameThemselves,
  notAskedYet,
  refusal,
  takeThree,
  withoutGuidance,
} from './pages.ts';
import { registered, signedUp, signIn, somebody, tryFace, type Person } from './people.ts';
import type { Server } from './server.ts';

export interface Place {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly server: Server;
}

/** One page in one state, and how a person comes to see it. */
export interface State {
  readonly name: string;
  readonly camera: CameraKind;
  readonly guide: GuideKind;
  readonly reach: (place: Place) => Promise<void>;
}

/** Wrong looks enough to fill the list of what happened, and not so many that signing in is paused. */
const LOOKS = 4;

/** Every page in every state that stays as it is until somebody does something. */
export const STATES: readonly State[] = [
  ...seenByEverybody(),
  ...seenWhileSigningUp(),
  ...seenBeforeTheCamera(),
  ...seenInALiveLook(),
  ...seenWithoutAName(),
  ...seenAfterTheLook(),
  ...seenWhenSignedIn(),
];

function seenByEverybody(): State[] {
  return [
    shown('landing', '/', en.landing.title),
    state('sign-in', 'obama', async ({ page }) => {
      await page.goto('/sign-in');
      await expect(button(page, en.signIn.look)).toBeVisible();
    }),
    shown('session-ended', '/welcome', en.sessionEnded.title),
    shown('not-found', '/nope', en.notFound.title),
    state('sign-in-nameless', 'obama', async ({ page }) => {
      await page.goto('/sign-in');
      await button(page, en.signIn.look).click();
      await expect(page.getByText(en.app.required)).toBeVisible();
    }),
    registering('closed', 'sign-up-closed', '/sign-up', en.signUp.notOpen.closed.title),
    registering(
      'invite',
      'sign-up-uninvited',
      '/sign-up',
      en.signUp.notOpen.invitationNeeded.title,
    ),
    registering('invite', 'landing-uninvited', '/', en.landing.title),
    state('recovery-code', 'obama', async ({ page }) => {
      await page.goto('/sign-in?way=code');
      await giveCode(page, '7M2K');
      await expect(page.getByText(en.recovery.wrongLength)).toBeVisible();
    }),
  ];
}

function seenWhileSigningUp(): State[] {
  return [
    shown('sign-up', '/sign-up', en.signUp.title),
    state('sign-up-wrong-details', 'obama', async ({ page }) => {
      await page.goto('/sign-up');
      await page.getByLabel(en.signUp.email).fill('ana');
      await button(page, en.signUp.next).click();
      await expect(page.getByText(en.signUp.emailWrong)).toBeVisible();
    }),
    state('consent', 'obama', async ({ page }) => {
      await page.goto('/sign-up');
      await fillDetails(page, { username: 'ana', email: 'ana@example.org' });
    }),
    state('consent-missing', 'obama', async ({ page }) => {
      await page.goto('/sign-up');
      await fillDetails(page, { username: 'ana', email: 'ana@example.org' });
      await button(page, en.signUp.next).click();
      await expect(page.getByText(en.signUp.agreeNeeded)).toBeVisible();
    }),
    state('sign-up-reason', 'obama', async ({ page }) => {
      await notAskedYet(page);
      await page.goto('/sign-up');
      await fillDetails(page, { username: 'ana', email: 'ana@example.org' });
      await agree(page);
      await expect(page.getByText(en.camera.reason)).toBeVisible();
    }),
    state('sign-up-unguided', 'obama', async ({ page }) => {
      await withoutGuidance(page);
      await page.goto('/sign-up');
      await fillDetails(page, { username: 'ana', email: 'ana@example.org' });
      await agree(page);
      await expect(hint(page)).toHaveText(en.camera.hints.unguided);
    }),
    state('sign-up-done', 'obama', async ({ page }) => {
      const person = somebody();
      await withoutGuidance(page);
      await page.goto('/sign-up');
      await fillDetails(page, person);
      await agree(page);
      await takeThree(page);
      await keepCodes(page);
      await expectFirstGreeting(page, person);
    }),
    state('sign-up-codes', 'obama', async ({ page }) => {
      await withoutGuidance(page);
      await page.goto('/sign-up');
      await fillDetails(page, somebody());
      await agree(page);
      await takeThree(page);
      await expect(heading(page, en.recovery.keepTitle)).toBeVisible();
      await button(page, en.signUp.next).click();
      await expect(page.getByText(en.recovery.keptNeeded)).toBeVisible();
    }),
  ];
}

function seenBeforeTheCamera(): State[] {
  return [
    guided('camera-nobody', 'nobody', async ({ page }) => {
      await nameThemselves(page, { username: 'ana', email: '' });
      await expect(hint(page)).toHaveText(en.camera.hints.no_face);
    }),
    guided('camera-away', 'nobody', async ({ page }) => {
      await nameThemselves(page, { username: 'ana', email: '' });
      await expect(hint(page)).toHaveText(en.camera.hints.no_face);
      await setHidden(page, true);
      await expect(page.getByText(en.camera.paused)).toBeVisible();
    }),
    guided('camera-two-people', 'two', async ({ page }) => {
      await nameThemselves(page, { username: 'ana', email: '' });
      await expect(hint(page)).toHaveText(en.camera.hints.several_faces);
    }),
    ...(['denied', 'absent'] as const).map((camera) =>
      state(`camera-${camera}`, camera, async ({ page }) => {
        await notAskedYet(page);
        await nameThemselves(page, { username: 'ana', email: '' });
        await button(page, en.camera.turnOn).click();
        await expect(refusal(page)).toBeVisible();
      }),
    ),
  ];
}

function seenAfterTheLook(): State[] {
  return [
    state('looking', 'obama', async ({ page }) => {
      await page.route('**/login', () => undefined); // held until the page is closed
      await nameThemselves(page, { username: 'ana', email: '' });
      await expect(page.getByText(en.camera.checking)).toBeVisible({ timeout: CAPTURE_MS });
    }),
    refused('not-recognised', 401, { code: 'not_recognised' }),
    refused('several-faces', 422, { code: 'several_faces' }),
    refused('too-many-attempts', 429, { code: 'too_many_attempts', retry_after_s: 3540 }),
    refused('busy', 503, { code: 'busy', retry_after_s: 60 }),
    refused('server-fault', 500, { code: 'internal_error' }),
    state('face-closed', 'obama', async ({ page }) => {
      await page.route('**/login', refusedBecause(429, { code: 'factor_closed' }));
      await nameThemselves(page, { username: 'ana', email: '' });
      await expect(refusal(page)).toHaveText(en.codes['factor_closed']!, { timeout: CAPTURE_MS });
    }),
    state('recovery-code-refused', 'obama', async ({ page }) => {
      await page.goto('/sign-in?way=code');
      await page.getByLabel(en.signIn.username, { exact: true }).fill(somebody().username);
      await giveCode(page, '7M2K-QX9D-0V4T-HB6E');
      await expect(refusal(page)).toHaveText(en.recovery.notFitting);
    }),
    state('recovery-code-waits', 'obama', async ({ page }) => {
      const body = { code: 'too_many_attempts', retry_after_s: 3540 };
      await page.route('**/login/recovery', refusedBecause(429, body));
      await page.goto('/sign-in?way=code');
      await page.getByLabel(en.signIn.username, { exact: true }).fill('ana');
      await giveCode(page, '7M2K-QX9D-0V4T-HB6E');
      await expect(page.getByRole('timer')).toBeVisible();
    }),
    state('welcome-after-code', 'obama', async ({ page, server }) => {
      const person = await registered(server);
      await page.goto('/sign-in?way=code');
      await page.getByLabel(en.signIn.username, { exact: true }).fill(person.username);
      await giveCode(page, person.recoveryCodes[0]!);
      await expectGreeting(page, person);
      await expect(page.getByText(en.recovery.left(9))).toBeVisible();
    }),
    state('offline', 'obama', async ({ page }) => {
      await page.route('**/login', (route) => route.abort());
      await nameThemselves(page, { username: 'ana', email: '' });
      await expect(refusal(page)).toHaveText(en.codes['offline']!, { timeout: CAPTURE_MS });
    }),
  ];
}

function seenWhenSignedIn(): State[] {
  return [
    signedIn('landing-signed-in', '/', (page, { username }) =>
      expect(page.getByText(en.landing.continueAs(username))).toBeVisible(),
    ),
    signedIn('sign-in-signed-in', '/sign-in', (page, { username }) =>
      expect(page.getByText(en.signIn.already(username))).toBeVisible(),
    ),
    signedIn('welcome', '/welcome', expectGreeting),
    signedIn('me', '/me', (page, { email }) => expect(page.getByText(email)).toBeVisible()),
    signedIn('me-notice-changed', '/me', async (page) => {
      await page.route('**/account', async (route) => {
        const response = await route.fetch();
        const account = (await response.json()) as { consent: object };
        await route.fulfill({
          response,
          json: { ...account, consent: { ...account.consent, outdated: true } },
        });
      });
      await page.reload();
      await button(page, en.me.noticeRead).click();
      await expect(page.getByLabel(en.signUp.agree)).toBeVisible();
    }),
    state('me-activity', 'obama', async ({ page, context, server }) => {
      const person = await registered(server);
      for (let look = 1; look <= LOOKS; look += 1) await tryFace(server, person, 'biden');
      await signIn(context, server, person);
      await signIn(context, server, person);
      await page.goto('/me');
      await button(page, en.me.activityMore).click();
      await expect(page.getByText(en.me.refusedActions['login_face']!)).toHaveCount(LOOKS);
    }),
    signedIn('me-new-codes', '/me', async (page) => {
      await button(page, en.recovery.renew).click();
      await expect(page.getByText(en.recovery.renewWarning)).toBeVisible();
    }),
    signedIn('me-erasing', '/me', async (page) => {
      await button(page, en.me.eraseStart).click();
      await button(page, en.me.eraseNow).click();
      await expect(page.getByText(en.me.eraseNotConfirmed)).toBeVisible();
    }),
    signedIn('erased', '/me', async (page, { username }) => {
      await button(page, en.me.eraseStart).click();
      await page.getByLabel(en.me.eraseConfirm(username)).fill(username);
      await button(page, en.me.eraseNow).click();
      await expect(heading(page, en.erased.title)).toBeVisible();
    }),
    signedIn('me-changing', '/me', async (page) => {
      await button(page, en.me.change).click();
      await expect(button(page, en.me.save)).toBeVisible();
    }),
    signedIn('me-new-template', '/me', async (page) => {
      await withoutGuidance(page);
      await button(page, en.me.reenrolStart).click();
      await expect(hint(page)).toHaveText(en.camera.hints.unguided);
    }),
    signedIn('me-another-look', '/me', async (page) => {
      const stale = refusedBecause(403, { code: 'fresh_login_required' });
      await page.route('**/account', (route) =>
        route.request().method() === 'PATCH' ? stale(route) : route.continue(),
      );
      await button(page, en.me.change).click();
      await page.getByLabel(en.signUp.email).fill('new@example.org');
      await button(page, en.me.save).click();
      await expect(page.getByText(en.me.stepUpLead)).toBeVisible();
    }),
  ];
}

function state(name: string, camera: CameraKind, reach: State['reach']): State {
  return { name, camera, guide: 'light', reach };
}

/** A state that depends on what the page's own networks find in the picture. */
function guided(name: string, camera: CameraKind, reach: State['reach']): State {
  return { name, camera, guide: 'real', reach };
}

/** A page where registration is as it is not on the server of the tests. */
function registering(mode: string, name: string, path: string, title: string): State {
  return state(name, 'obama', async ({ page }) => {
    await page.route('**/config', async (route) => {
      const response = await route.fetch();
      const config = (await response.json()) as object;
      await route.fulfill({ response, json: { ...config, registration: mode } });
    });
    await page.goto(path);
    await expect(heading(page, title)).toBeVisible();
  });
}

function shown(name: string, path: string, title: string): State {
  return state(name, 'obama', async ({ page }) => {
    await page.goto(path);
    await expect(heading(page, title)).toBeVisible();
  });
}

function signedIn(
  name: string,
  path: string,
  arrive: (page: Page, person: Person) => Promise<void>,
): State {
  return state(name, 'obama', async ({ page, context, server }) => {
    const person = await signedUp(context, server);
    await page.goto(path);
    await arrive(page, person);
  });
}

function refused(name: string, status: number, body: { code: string; retry_after_s?: number }) {
  return state(name, 'obama', async ({ page }) => {
    await page.route('**/login', refusedBecause(status, body));
    await nameThemselves(page, { username: 'ana', email: '' });
    await expect(refusal(page)).toContainText(en.codes[body.code]!, { timeout: CAPTURE_MS });
  });
}

function refusedBecause(status: number, body: object): (route: Route) => Promise<void> {
  return (route) =>
    route.fulfill({ status, json: { message: 'No.', request_id: 'a1b2c3d4e5f60718', ...body } });
}
