import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { keepSavedFiles } from '../../../tests/saved-files';
import { ACCOUNT, answer, refusal, refuse, server, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const savedFile = keepSavedFiles();
const FRESH = { ...SESSION, fresh_until: '2099-01-01T00:00:00Z' };
const STALE = { ...SESSION, fresh_until: '2001-01-01T00:00:00Z' };

describe('the export', () => {
  it('is saved as one file that people can read', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account/export', { profile: { username: 'ana' } });
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Download my data' }));
    expect(await screen.findByText('Your data is in your downloads.')).toBeInTheDocument();
    expect(JSON.parse(await savedFile('facelogin-ana.json'))).toEqual({
      profile: { username: 'ana' },
    });
  });

  it('says so when it does not work', async () => {
    answer('get', '/session', SESSION);
    refuse('get', '/account/export', 503, 'store_unavailable');
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Download my data' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('cannot reach its database');
  });
});

describe('erasing the account', () => {
  function erasing(respond: () => Response): string[] {
    const sent: string[] = [];
    server.use(
      http.delete('/account', ({ request }) => {
        sent.push(request.method);
        const answered = respond();
        if (answered.ok) refuse('get', '/session', 401, 'session_required');
        return answered;
      }),
    );
    return sent;
  }
  const gone = () => new HttpResponse(null, { status: 204 }) as Response;

  it('tells what goes and what stays before anything is asked', async () => {
    answer('get', '/session', FRESH);
    show('/me');
    expect(await screen.findByText(/The template of your face, with the key/)).toBeVisible();
    expect(screen.getByText(/The activity log remains/)).toBeVisible();
  });

  it('needs the name typed, then ends on a page that says that it is done', async () => {
    answer('get', '/session', FRESH);
    localStorage.setItem('facelogin-name', 'ana');
    const sent = erasing(gone);
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Erase my account' }));
    const name = screen.getByLabelText('To erase it, type your username: ana');
    await user.type(name, 'ann');
    await user.click(screen.getByRole('button', { name: 'Erase for good' }));
    expect(name).toHaveAccessibleDescription('That is not your username.');
    expect(name).toHaveFocus();
    expect(sent).toEqual([]);

    await user.clear(name);
    await user.type(name, 'ana');
    await user.click(screen.getByRole('button', { name: 'Erase for good' }));
    expect(await screen.findByRole('heading', { name: 'Your account is erased' })).toBeVisible();
    expect(sent).toHaveLength(1);
    expect(localStorage.getItem('facelogin-name')).toBeNull();
    await user.click(screen.getByRole('link', { name: 'Home' }));
    expect(await screen.findByRole('link', { name: 'Sign in' })).toBeVisible();
  });

  it('asks for another look first when the last was long ago', async () => {
    answer('get', '/session', STALE);
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Erase my account' }));
    expect(screen.getByRole('heading', { name: 'Confirm it’s you' })).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Erase for good' })).toBeNull();
  });

  it.each([
    ['fresh_login_required', 403, 'Confirm it’s you'],
    ['session_required', 401, 'You are not signed in'],
  ])('is not taken for done after %s', async (code, status, heading) => {
    answer('get', '/session', FRESH);
    erasing(() => refusal(status, code));
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Erase my account' }));
    await user.type(screen.getByLabelText(/type your username/), 'ana');
    await user.click(screen.getByRole('button', { name: 'Erase for good' }));
    expect(await screen.findByRole('heading', { name: heading })).toBeVisible();
    expect(screen.queryByRole('heading', { name: 'Your account is erased' })).toBeNull();
  });
});

describe('a notice that has changed since it was agreed to', () => {
  const outdated = { ...ACCOUNT, consent: { ...ACCOUNT.consent!, outdated: true } };

  it('is said to have, is read, and is agreed to anew', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account', outdated);
    const sent: unknown[] = [];
    server.use(
      http.post('/account/consent', async ({ request }) => {
        sent.push(await request.json());
        answer('get', '/account', ACCOUNT);
        return HttpResponse.json(ACCOUNT);
      }),
    );
    const { user } = show('/me');
    expect(
      await screen.findByRole('heading', { name: 'The privacy notice has changed' }),
    ).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Read it' }));
    await user.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(screen.getByRole('checkbox')).toHaveAccessibleDescription(/Tick the box/);
    expect(screen.getByRole('checkbox')).toHaveFocus();
    await user.click(screen.getByRole('checkbox'));
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await waitFor(() => {
      expect(screen.queryByRole('heading', { name: 'The privacy notice has changed' })).toBeNull();
    });
    expect(screen.getByText('Thank you. Your consent is on record.')).toBeInTheDocument();
    expect(sent).toEqual([{ consent: 'n1' }]);
  });

  it('is read again when it changed while it was read', async () => {
    answer('get', '/session', SESSION);
    answer('get', '/account', outdated);
    refuse('post', '/account/consent', 422, 'consent_outdated');
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Read it' }));
    await user.click(await screen.findByRole('checkbox'));
    answer('get', '/notice', { language: 'en', version: 'n2', text: 'Newer still.' });
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(await screen.findByText('Newer still.')).toBeVisible();
    expect(screen.getByRole('checkbox')).not.toBeChecked();
  });

  it('is not mentioned where it has not changed', async () => {
    answer('get', '/session', SESSION);
    show('/me');
    await screen.findByText('ana@example.org');
    expect(screen.queryByText('The privacy notice has changed')).toBeNull();
  });
});
