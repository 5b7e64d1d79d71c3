import { screen } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, RECOVERY_CODES, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

async function fillAndAgree(user: UserEvent) {
  await user.type(await screen.findByLabelText('Email'), 'ana@example.org');
  await user.type(screen.getByLabelText('Username'), 'ana');
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await user.click(await screen.findByRole('checkbox'));
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await screen.findByRole('button', { name: /^Look/ });
}

describe('a sign-up page that is loaded again', () => {
  it('has lost nothing that was typed', async () => {
    const { user, unmount } = show('/sign-up');
    await user.type(await screen.findByLabelText('Email'), 'ana@ex');
    unmount();
    show('/sign-up');
    expect(await screen.findByLabelText('Email')).toHaveValue('ana@ex');
  });

  it('goes on at the step that was reached', async () => {
    const { user, unmount } = show('/sign-up');
    await fillAndAgree(user);
    unmount();
    show('/sign-up?step=face');
    expect(await screen.findByRole('button', { name: /^Look/ })).toBeVisible();
  });

  it.each(['nonsense', '{"details":{"email":1}}', 'null', '[]'])(
    'starts over from %s',
    async (kept) => {
      sessionStorage.setItem('facelogin-sign-up', kept);
      show('/sign-up?step=face');
      expect(await screen.findByLabelText('Email')).toHaveValue('');
    },
  );
});

describe('what was typed while signing up', () => {
  beforeEach(() => {
    answer(
      'post',
      '/register',
      { message: '', user_id: 'u1', recovery_codes: RECOVERY_CODES },
      201,
    );
  });

  it('is kept no longer than until there is an account', async () => {
    const { user } = show('/sign-up');
    await fillAndAgree(user);
    expect(sessionStorage.getItem('facelogin-sign-up')).toContain('ana@example.org');
    await user.click(screen.getByRole('button', { name: 'Look (3)' }));
    await screen.findByRole('heading', { name: 'Save your recovery codes' });
    expect(sessionStorage).toHaveLength(0);
  });

  it('is forgotten when somebody signs out', async () => {
    sessionStorage.setItem('facelogin-sign-up', '{"details":{"email":"a","username":"b"}}');
    sessionStorage.setItem('facelogin-invitation', 'token');
    answer('get', '/session', SESSION);
    answer('post', '/logout', null, 204);
    const { user } = show('/welcome');
    await user.click(await screen.findByRole('button', { name: 'Sign out' }));
    await screen.findByRole('heading', { name: 'Sign in with a look' });
    expect(sessionStorage).toHaveLength(0);
  });
});
