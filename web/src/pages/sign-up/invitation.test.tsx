import { act, screen, waitFor } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, CONFIG, RECOVERY_CODES, refusal, refuse, server } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const TOKEN = 'Zm9v-bar_2';

async function signUp(user: UserEvent) {
  await user.type(await screen.findByLabelText('Email'), 'ana@example.org');
  await user.type(screen.getByLabelText('Username'), 'ana');
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await user.click(await screen.findByRole('checkbox'));
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await user.click(await screen.findByRole('button', { name: 'Look (3)' }));
}

/** Keep what /register is sent, and answer like this. */
function registering(respond: () => Response): FormData[] {
  const sent: FormData[] = [];
  server.use(
    http.post('/register', async ({ request }) => {
      sent.push(await request.formData());
      return respond();
    }),
  );
  return sent;
}

const created = () =>
  HttpResponse.json(
    { message: 'Welcome.', user_id: 'u1', recovery_codes: RECOVERY_CODES },
    { status: 201 },
  ) as Response;

describe('where an account needs an invitation', () => {
  beforeEach(() => {
    answer('get', '/config', { ...CONFIG, registration: 'invite' });
  });

  it('says so to who comes without one, and offers no sign-up elsewhere', async () => {
    show('/sign-up');
    expect(await screen.findByRole('heading', { name: 'You need an invitation' })).toBeVisible();
  });

  it('says so at the front door', async () => {
    show('/');
    expect(await screen.findByText(/by invitation of the operator/)).toBeVisible();
    expect(screen.queryByRole('link', { name: 'Create an account' })).toBeNull();
  });

  it('takes the token out of the address and sends it with the registration', async () => {
    const sent = registering(created);
    const { user } = show(`/sign-up#invite=${TOKEN}`);
    await screen.findByLabelText('Email');
    expect(window.location.href).not.toContain(TOKEN);
    await signUp(user);
    await screen.findByRole('heading', { name: 'Save your recovery codes' });
    expect(sent[0]!.get('invite')).toBe(TOKEN);
    expect(JSON.stringify([localStorage, sessionStorage, window.history.state])).not.toContain(
      TOKEN,
    );
  });

  it('keeps the token while the person looks at other pages of this visit', async () => {
    const { user } = show(`/sign-up#invite=${TOKEN}`);
    await screen.findByLabelText('Email');
    await user.click(screen.getByRole('link', { name: 'facelogin' }));
    await user.click(await screen.findByRole('link', { name: 'Create an account' }));
    expect(await screen.findByLabelText('Email')).toBeVisible();
  });

  it('keeps the token in this tab when the page is loaded again', async () => {
    const { unmount } = show(`/sign-up#invite=${TOKEN}`);
    await screen.findByLabelText('Email');
    unmount();
    show('/sign-up');
    expect(await screen.findByLabelText('Email')).toBeVisible();
    expect(JSON.stringify(localStorage)).not.toContain(TOKEN);
  });

  it('says at the first step that an invitation can no longer be used', async () => {
    refuse('post', '/register/check', 403, 'registration_closed');
    const { user } = show(`/sign-up#invite=${TOKEN}`);
    await user.type(await screen.findByLabelText('Email'), 'ana@example.org');
    await user.type(screen.getByLabelText('Username'), 'ana');
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(
      await screen.findByRole('heading', { name: 'This invitation can’t be used' }),
    ).toBeVisible();
  });

  it('says that an invitation can no longer be used, and takes a new one', async () => {
    registering(() => refusal(403, 'registration_closed'));
    const { user } = show(`/sign-up#invite=${TOKEN}`);
    await signUp(user);
    expect(
      await screen.findByRole('heading', { name: 'This invitation can’t be used' }),
    ).toBeVisible();
    act(() => {
      window.location.hash = '#invite=another';
    });
    expect(await screen.findByRole('button', { name: 'Look (3)' })).toBeVisible();
    await waitFor(() => {
      expect(window.location.hash).toBe('');
    });
  });
});

describe('where anybody may register', () => {
  it('sends no invitation, even to who came with one', async () => {
    const sent = registering(created);
    const { user } = show(`/sign-up#invite=${TOKEN}`);
    await signUp(user);
    await screen.findByRole('heading', { name: 'Save your recovery codes' });
    expect(sent[0]!.has('invite')).toBe(false);
    expect(window.location.hash).toBe('');
  });
});
