import { render, screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { ACCOUNT, answer, CONFIG, refusal, refuse, server, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';
import { App } from '../../app';
import { en } from '../../ui/words/en';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const OTHER = {
  session_id: 's2',
  created_at: '2029-12-31T10:00:00Z',
  last_seen_at: '2029-12-31T11:00:00Z',
  expires_at: '2029-12-31T22:00:00Z',
  amr: ['face'],
  assurance: 'photo',
  browser: null,
  current: false,
};
const FRESH = { ...SESSION, fresh_until: '2099-01-01T00:00:00Z' };
const STALE = { ...SESSION, fresh_until: '2001-01-01T00:00:00Z' };

describe('the account page', () => {
  it('says in plain words what is stored', async () => {
    answer('get', '/session', SESSION);
    show('/me');
    expect(await screen.findByText('ana@example.org')).toBeVisible();
    expect(
      screen.getByText(/a row of numbers computed from pictures of 3 different moments/),
    ).toBeVisible();
    expect(screen.getByText(/Your consent to the privacy notice, given on/)).toBeVisible();
    expect(screen.getByText(/Your 7 recovery codes, hashed/)).toBeVisible();
    expect(document.body).not.toHaveTextContent(/dlib|u1|n1/);
  });

  it('shows the way to sign in when nobody is', async () => {
    show('/me');
    expect(await screen.findByRole('heading', { name: 'You are not signed in' })).toBeVisible();
    expect(screen.getByRole('link', { name: 'Sign in' })).toHaveAttribute('href', '/sign-in');
  });

  it('says so when the session was ended from elsewhere', async () => {
    answer('get', '/session', SESSION);
    refuse('get', '/account', 401, 'session_required');
    show('/me');
    expect(await screen.findByRole('heading', { name: 'You are not signed in' })).toBeVisible();
  });

  it('changes the email at once after a fresh look', async () => {
    answer('get', '/session', FRESH);
    const sent: unknown[] = [];
    server.use(
      http.patch('/account', async ({ request }) => {
        sent.push(await request.json());
        answer('get', '/account', { ...ACCOUNT, email: 'new@example.org' });
        return HttpResponse.json({ ...ACCOUNT, email: 'new@example.org' });
      }),
    );
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Change details' }));
    await user.clear(screen.getByLabelText('Email'));
    await user.type(screen.getByLabelText('Email'), 'new@example.org');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('new@example.org')).toBeVisible();
    expect(sent).toEqual([{ email: 'new@example.org' }]);
  });

  it('asks for another look first when the last was long ago', async () => {
    answer('get', '/session', STALE);
    answer('post', '/session/step-up', { message: 'ok', fresh_until: FRESH.fresh_until });
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Change details' }));
    expect(screen.getByRole('heading', { name: 'Confirm it’s you' })).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Look at the camera' }));
    await user.click(await screen.findByRole('button', { name: 'Look (3)' }));
    expect(await screen.findByRole('button', { name: 'Save' })).toBeVisible();
  });

  it('asks for it too when only the server finds the last look too long ago', async () => {
    answer('get', '/session', FRESH);
    refuse('post', '/account/face', 403, 'fresh_login_required');
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Set up face again' }));
    await user.click(await screen.findByRole('button', { name: 'Look (3)' }));
    expect(await screen.findByRole('heading', { name: 'Confirm it’s you' })).toBeVisible();
  });

  it('says which detail is taken', async () => {
    answer('get', '/session', FRESH);
    refuse('patch', '/account', 409, 'email_taken');
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Change details' }));
    await user.type(screen.getByLabelText('Email'), 'x');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => {
      expect(screen.getByLabelText('Email')).toHaveAccessibleDescription(/already an account/);
    });
  });

  it('replaces the template', async () => {
    answer('get', '/session', FRESH);
    answer('post', '/account/face', { message: 'ok', template: ACCOUNT.template });
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Set up face again' }));
    await user.click(await screen.findByRole('button', { name: 'Look (3)' }));
    expect(await screen.findByText('Your face has been updated.')).toBeInTheDocument();
  });

  it.each([
    ['is there', () => new HttpResponse(null, { status: 204 })],
    ['has gone already', () => refusal(404, 'not_found')],
  ])('ends another session that %s', async (_case, respond) => {
    answer('get', '/session', SESSION);
    answer('get', '/account/sessions', {
      sessions: [{ ...OTHER, session_id: 's1', current: true }, OTHER],
    });
    server.use(
      http.delete('/account/sessions/s2', () => {
        answer('get', '/account/sessions', { sessions: [{ ...OTHER, current: true }] });
        return respond();
      }),
    );
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: /^Sign out of the session/ }));
    await waitFor(() => {
      expect(screen.queryByText('Another device')).toBeNull();
    });
    expect(screen.getByText('This device')).toBeVisible();
    expect(screen.queryByRole('alert', { name: /not there/ })).toBeNull();
  });
});

describe('the list of sessions', () => {
  it('names the browsers, marks this device, and ends all others at once', async () => {
    answer('get', '/session', SESSION);
    const here = { ...OTHER, session_id: 's1', current: true, browser: 'Firefox on Windows' };
    answer('get', '/account/sessions', {
      sessions: [here, { ...OTHER, browser: 'Safari on iPhone' }, { ...OTHER, session_id: 's3' }],
    });
    let ended = 0;
    server.use(
      http.delete('/account/sessions', () => {
        answer('get', '/account/sessions', { sessions: [here] });
        ended += 1;
        return HttpResponse.json({ ended: 2 });
      }),
    );
    const { user } = show('/me');
    expect((await screen.findByText('This device')).parentElement).toHaveTextContent(
      'This device, Firefox on Windows',
    );
    expect(screen.getByText('Safari on iPhone')).toBeVisible();
    expect(screen.getByText('Another device')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Sign out everywhere else' }));
    expect(await screen.findByText('Signed out of 2 other sessions.')).toBeInTheDocument();
    await waitFor(() => {
      expect(screen.queryByText('Safari on iPhone')).toBeNull();
    });
    expect(screen.queryByRole('button', { name: 'Sign out everywhere else' })).toBeNull();
    expect(ended).toBe(1);
  });
});

describe('the focus', () => {
  it('goes to the heading of what opens, and back to the button that opened it', async () => {
    answer('get', '/session', STALE);
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Change details' }));
    expect(screen.getByRole('heading', { name: 'Confirm it’s you' })).toHaveFocus();
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(screen.getByRole('button', { name: 'Change details' })).toHaveFocus();
  });

  it('goes on to what a fresh look was for', async () => {
    answer('get', '/session', FRESH);
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Erase my account' }));
    expect(screen.getByLabelText(/type your username/)).toHaveFocus();
  });

  it('goes to the notice that is opened, and back where it is put off', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account', { ...ACCOUNT, consent: { ...ACCOUNT.consent!, outdated: true } });
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Read it' }));
    expect(await screen.findByRole('region', { name: 'Privacy notice' })).toHaveFocus();
    await user.click(screen.getByRole('button', { name: 'Later' }));
    expect(screen.getByRole('button', { name: 'Read it' })).toHaveFocus();
  });

  it('goes to the notice that nobody has agreed to yet', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/config', { ...CONFIG, notice: { ...CONFIG.notice, required: true } });
    answer('get', '/account', { ...ACCOUNT, consent: null });
    const { user } = show('/me');
    await screen.findByRole('heading', { name: 'The privacy notice is waiting for you' });
    await user.click(screen.getByRole('button', { name: 'Read it' }));
    expect(await screen.findByRole('region', { name: 'Privacy notice' })).toHaveFocus();
  });

  it('is on the heading of a page that opens and has no field', async () => {
    answer('get', '/session', SESSION);
    show('/me');
    await screen.findByText('ana@example.org');
    expect(screen.getByRole('heading', { level: 1, name: 'Your account' })).toHaveFocus();
  });
});

describe('enrolling the face anew', () => {
  it('is open for who was led here to do it', async () => {
    answer('get', '/session', { ...FRESH, amr: ['otp'], assurance: 'none' });
    show('/me', { open: 'face' });
    expect(await screen.findByRole('button', { name: 'Look (3)' })).toBeVisible();
    expect(screen.getByRole('heading', { name: 'Face sign-in' })).toHaveFocus();
  });

  it('is not opened a second time by loading the page again', async () => {
    answer('get', '/session', { ...FRESH, amr: ['otp'], assurance: 'none' });
    const { unmount } = show('/me', { open: 'face' });
    await screen.findByRole('button', { name: 'Look (3)' });
    unmount();
    render(<App words={en} language="en" />);
    expect(await screen.findByRole('button', { name: 'Set up face again' })).toBeVisible();
  });

  it('has a way for whose face does not pass the look before it', async () => {
    answer('get', '/session', STALE);
    refuse('post', '/session/step-up', 401, 'not_recognised');
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Set up face again' }));
    await user.click(screen.getByRole('button', { name: 'Look at the camera' }));
    await user.click(await screen.findByRole('button', { name: 'Look (3)' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('couldn’t match your face');
    await user.click(screen.getByRole('link', { name: 'Use a recovery code' }));
    expect(await screen.findByRole('heading', { name: 'Hello, ana' })).toBeVisible();
    expect(screen.getByLabelText('Recovery code')).toBeVisible();
  });
});
