import { screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCOUNT, answer, refuse, server, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';
import { codeProblem } from './code-problem';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const BY_CODE = { ...SESSION, amr: ['otp'], assurance: 'none' as const };
const CODE = '7m2k qx9d ov4t hb6e';
/** What /login/recovery was sent, request by request. */
const tries: unknown[] = [];

function codesWork() {
  server.use(
    http.post('/login/recovery', async ({ request }) => {
      tries.push(await request.json());
      answer('get', '/session', BY_CODE);
      answer('get', '/account', { ...ACCOUNT, recovery_codes_left: 9 });
      return HttpResponse.json({
        message: 'Hi',
        user_id: 'u1',
        username: 'ana',
        recovery_codes_left: 9,
      });
    }),
  );
}

/** From the camera of the sign-in page to the field for a code. */
async function cannotUseFace() {
  const shown = show('/sign-in');
  await shown.user.type(await screen.findByLabelText('Username'), 'ana');
  await shown.user.click(screen.getByRole('button', { name: 'Continue to the camera' }));
  await screen.findByRole('button', { name: /^Look/ });
  await shown.user.click(screen.getByRole('link', { name: 'Use a recovery code' }));
  await screen.findByLabelText('Recovery code');
  return shown;
}

beforeEach(() => {
  tries.length = 0;
});

describe('signing in with a recovery code', () => {
  it('is one tap from the camera, knows the name, and tells how many are left', async () => {
    codesWork();
    const { user } = await cannotUseFace();
    expect(screen.getByRole('heading', { name: 'Hello, ana' })).toBeVisible();
    expect(screen.queryByLabelText('Username')).toBeNull();
    await user.type(screen.getByLabelText('Recovery code'), CODE);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    expect(await screen.findByText('9 recovery codes are left.')).toBeVisible();
    expect(tries).toEqual([{ username: 'ana', recovery_code: CODE }]);
  });

  it('leads on to enrolling the face anew', async () => {
    codesWork();
    const { user } = await cannotUseFace();
    await user.type(screen.getByLabelText('Recovery code'), CODE);
    answer('get', '/session', { ...BY_CODE, fresh_until: '2099-01-01T00:00:00Z' });
    await user.keyboard('{Enter}');
    await user.click(await screen.findByRole('link', { name: 'Set up my face again' }));
    expect(await screen.findByRole('heading', { name: 'Your account' })).toBeVisible();
  });

  it('says nothing of codes to who signed in with their face', async () => {
    answer('get', '/session', SESSION);
    show('/welcome');
    await screen.findByRole('heading', { name: 'Welcome back, ana' });
    expect(screen.queryByText(/recovery code/)).toBeNull();
  });

  it('asks for the name where it is not known', async () => {
    codesWork();
    const { user } = show('/sign-in');
    await user.click(await screen.findByRole('link', { name: 'Use a recovery code' }));
    await user.type(await screen.findByLabelText('Recovery code'), CODE);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    const name = screen.getByLabelText('Username');
    expect(name).toHaveAccessibleDescription('Required.');
    expect(name).toHaveFocus();
    await user.type(name, 'ana');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
  });

  it('says one sentence when it does not fit, and keeps what was typed', async () => {
    refuse('post', '/login/recovery', 401, 'not_recognised');
    const { user } = await cannotUseFace();
    await user.type(screen.getByLabelText('Recovery code'), CODE);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('Each code works only once');
    expect(screen.getByLabelText('Recovery code')).toHaveValue(CODE);
  });

  it('counts down the wait after too many', async () => {
    refuse('post', '/login/recovery', 429, 'too_many_attempts', { retry_after_s: 30 });
    const { user } = await cannotUseFace();
    await user.type(screen.getByLabelText('Recovery code'), CODE);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('timer')).toHaveTextContent(/in \d+ seconds/);
  });

  it('sends nothing that cannot be a code', async () => {
    codesWork();
    const { user } = await cannotUseFace();
    await user.type(screen.getByLabelText('Recovery code'), '7M2K-QX9D');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(screen.getByLabelText('Recovery code')).toHaveAccessibleDescription(
      /16 letters and digits/,
    );
    expect(tries).toEqual([]);
  });

  it('leads back to the camera', async () => {
    const { user } = await cannotUseFace();
    await user.click(screen.getByRole('link', { name: 'Use your face instead' }));
    expect(await screen.findByRole('button', { name: /^Look/ })).toBeVisible();
  });
});

describe('a refused look', () => {
  async function refusedLook(status: number, code: string, more = {}) {
    refuse('post', '/login', status, code, more);
    const shown = show('/sign-in');
    await shown.user.type(await screen.findByLabelText('Username'), 'ana');
    await shown.user.click(screen.getByRole('button', { name: 'Continue to the camera' }));
    await shown.user.click(await screen.findByRole('button', { name: /^Look/ }));
    await screen.findByRole('alert');
    return shown;
  }

  it.each([
    [401, 'not_recognised', {}],
    [429, 'too_many_attempts', { retry_after_s: 30 }],
    [503, 'busy', { retry_after_s: 1 }],
  ])('with %i %s has the other way one tap away', async (status, code, more) => {
    const { user } = await refusedLook(status, code, more);
    await user.click(screen.getByRole('link', { name: /^Use a recovery code/ }));
    expect(await screen.findByLabelText('Recovery code')).toBeVisible();
  });

  it('asks for no look while none is taken', async () => {
    await refusedLook(401, 'not_recognised');
    expect(screen.queryByText('Look at the camera to sign in.')).toBeNull();
  });

  it('of a closed factor has the code as its way on', async () => {
    await refusedLook(429, 'factor_closed', { retry_after_s: 60 });
    expect(screen.getByRole('alert')).toHaveTextContent('Face sign-in is closed for this account');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    expect(screen.queryByRole('timer')).toBeNull();
    expect(screen.getByRole('link', { name: 'Use a recovery code' })).toBeVisible();
  });

  it.each([
    ['no time', {}, 'Try again'],
    ['a whole day', { retry_after_s: 86_400 }, null],
  ])('that is to be waited out for %s is not closed', async (_case, more, again) => {
    await refusedLook(429, 'too_many_attempts', more);
    expect(screen.getByRole('alert')).not.toHaveTextContent('closed');
    expect(screen.getByRole('link', { name: 'Use a recovery code instead' })).toBeVisible();
    if (again === null) expect(screen.getByRole('timer')).toBeVisible();
    else expect(screen.getByRole('button', { name: again })).toBeVisible();
  });

  it('stays refused, its wait going on, for who has looked at the other way', async () => {
    const { user } = await refusedLook(429, 'too_many_attempts', { retry_after_s: 60 });
    await user.click(screen.getByRole('link', { name: 'Use a recovery code instead' }));
    await user.click(await screen.findByRole('link', { name: 'Use your face instead' }));
    expect(await screen.findByRole('timer')).toBeVisible();
    expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
  });
});

describe('codeProblem', () => {
  it.each([
    ['7M2K-QX9D-0V4T-HB6E', null],
    [' 7m2k qx9d ov4t hb6e ', null],
    ['7M2KQX9D0V4THB6E', null],
    ['7M2K–QX9D–0V4T–HB6E', null],
    ['', 'missing'],
    [' - ', 'missing'],
    ['7M2K-QX9D-0V4T', 'wrong_length'],
    ['7M2K-QX9D-0V4T-HB6E-7', 'wrong_length'],
  ])('of %j is %s', (code, problem) => {
    expect(codeProblem(code)).toBe(problem);
  });
});
