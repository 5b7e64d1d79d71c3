import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { answer, refuse, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';
import type { ActivityEntry } from '../../api/requests';
import { de } from '../../ui/words/de';
import { en } from '../../ui/words/en';
import { es } from '../../ui/words/es';
import { activitySentence } from './activity-sentence';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const entry = (entry: Partial<ActivityEntry> & Pick<ActivityEntry, 'action'>): ActivityEntry => ({
  at: '2029-12-31T10:00:00Z',
  outcome: 'ok',
  this_device: true,
  routine: false,
  ...entry,
});

async function list() {
  const section = (await screen.findByRole('heading', { name: 'What happened on your account' }))
    .parentElement!;
  await within(section).findAllByRole('listitem');
  return within(section);
}

describe('the list of what happened', () => {
  it('says it in words, with when and on which device', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account/activity', {
      activity: [
        entry({ action: 'login', factor: 'code', browser: 'Safari on iPhone' }),
        entry({
          action: 'login',
          factor: 'face',
          outcome: 'refused',
          browser: 'Chrome on Android',
          this_device: false,
        }),
      ],
    });
    show('/me');
    const [first, second] = (await list()).getAllByRole('listitem');
    expect(first).toHaveTextContent(
      /Signed in with a recovery code\..*2029.*, Safari on iPhone, this device/,
    );
    expect(second).toHaveTextContent(
      /Failed face sign-in, from Chrome on Android: the face didn’t match\..*2029/,
    );
    expect(second).not.toHaveTextContent('device');
  });

  it('shows a few at first and all when asked', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account/activity', {
      activity: Array.from({ length: 9 }, () => entry({ action: 'logout' })),
    });
    const { user } = show('/me');
    const section = await list();
    expect(section.getAllByRole('listitem')).toHaveLength(6);
    await user.click(section.getByRole('button', { name: 'Show all' }));
    expect(section.getAllByRole('listitem')).toHaveLength(9);
    expect(section.getAllByRole('listitem')[6]).toHaveFocus();
  });

  it('shows what is routine apart, after what matters', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account/activity', {
      activity: [
        entry({ action: 'login', factor: 'face' }),
        entry({ action: 'logout', routine: true }),
      ],
    });
    show('/me');
    const section = await list();
    const [first, second] = section.getAllByRole('list');
    expect(first).toHaveTextContent(/Signed in with your face/);
    expect(second).toHaveTextContent(/Signed out/);
    expect(section.getByRole('heading', { name: 'Routine' })).toBeVisible();
  });

  it('has a way on when it cannot be read, and the rest of the page stays', async () => {
    answer('get', '/session', SESSION);
    refuse('get', '/account/activity', 500, 'internal_error');
    const { user } = show('/me');
    expect(await screen.findByText('ana@example.org')).toBeVisible();
    answer('get', '/account/activity', { activity: [entry({ action: 'register' })] });
    await user.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('You registered.')).toBeVisible();
  });
});

describe('activitySentence', () => {
  it.each([
    [entry({ action: 'replace_face' }), 'Your face was enrolled anew.'],
    [
      entry({ action: 'replace_face', outcome: 'refused', reason: 'too_dark' }),
      `A new face was shown and refused. ${en.codes['too_dark']!}`,
    ],
    [
      entry({ action: 'login', factor: 'face', outcome: 'refused', reason: 'not_recognised' }),
      'Failed face sign-in: the face didn’t match.',
    ],
    [
      entry({ action: 'export', outcome: 'refused', reason: 'not_public' }),
      'Something was tried on your account and refused.',
    ],
    [
      entry({ action: 'login', factor: 'face', outcome: 'refused', reason: 'account_disabled' }),
      'Somebody tried to sign in while the account was disabled.',
    ],
    [
      entry({ action: 'locked', factor: 'face', outcome: 'refused', reason: 'too_many_attempts' }),
      'Too many attempts: signing in was paused.',
    ],
    [
      entry({ action: 'locked', factor: 'face', outcome: 'refused', reason: 'factor_closed' }),
      'Too many attempts: face sign-in is closed until a recovery code is used.',
    ],
    [entry({ action: 'login', factor: 'palm', outcome: 'ok' }), 'Signed in.'],
    [entry({ action: 'something_new' as 'login' }), 'Something else on your account.'],
  ])('of %j is %s', (given, sentence) => {
    expect(activitySentence(given, en)).toBe(sentence);
  });

  const failed = {
    ...entry({ action: 'login', factor: 'face', outcome: 'refused', reason: 'not_recognised' }),
    browser: 'Chrome on Android',
  } as const;

  it.each([
    [en, 'Failed face sign-in, from Chrome on Android: the face didn’t match.'],
    [de, 'Anmeldung mit Gesicht fehlgeschlagen, mit Chrome auf Android: Das Gesicht passte nicht.'],
    [es, 'Inicio de sesión con la cara fallido, desde Chrome en Android: la cara no coincidió.'],
  ])('says from where, in every language', (words, sentence) => {
    expect(activitySentence(failed, words)).toBe(sentence);
  });

  it.each([
    [{ ...failed, browser: 'curl' }, 'Failed face sign-in, from curl: the face didn’t match.'],
    [
      { ...entry({ action: 'login', factor: 'face' }), browser: 'Safari on iPhone' },
      'Signed in with your face.',
    ],
    [
      {
        ...entry({ action: 'replace_face', outcome: 'refused', reason: 'too_dark' }),
        browser: 'Firefox on Linux',
      },
      `A new face was shown and refused, from Firefox on Linux. ${en.codes['too_dark']!}`,
    ],
  ])('of %j names the browser if it was refused', (given, sentence) => {
    expect(activitySentence(given, en)).toBe(sentence);
  });
});
