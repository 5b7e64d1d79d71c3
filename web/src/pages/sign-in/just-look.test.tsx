import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, CONFIG, refuse, server, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));
vi.mock('../../camera/live/live-camera', () => import('../../../tests/fake-live-camera'));

const LOOK = { name: /^Look/ };
const NAMELESS = { ...CONFIG, identification: 'on' as const };

/** What /login was sent, request by request. */
const logins: FormData[] = [];
/** How many times somebody signed out. */
let signedOut = 0;

function isFound() {
  server.use(
    http.post('/login', async ({ request }) => {
      logins.push(await request.formData());
      answer('get', '/session', SESSION);
      return HttpResponse.json({ message: 'Hi', user_id: 'u1', username: 'ana' });
    }),
    http.post('/logout', () => {
      signedOut += 1;
      refuse('get', '/session', 401, 'session_required');
      return new HttpResponse(null, { status: 204 });
    }),
  );
}

async function look() {
  const shown = show('/sign-in');
  await shown.user.click(await screen.findByRole('button', LOOK));
  return shown;
}

beforeEach(() => {
  logins.length = 0;
  signedOut = 0;
  answer('get', '/config', NAMELESS);
});

describe('where a face is enough', () => {
  it('a look is greeted by name, and no name was sent', async () => {
    isFound();
    await look();
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    expect(logins).toHaveLength(1);
    expect(logins[0]!.has('username')).toBe(false);
    expect(logins[0]!.getAll('images')).toHaveLength(3);
  });

  it('the camera asks as it always does, and there is no field for a name', async () => {
    show('/sign-in');
    expect(await screen.findByRole('heading', { name: 'Just look' })).toBeVisible();
    expect(screen.getByRole('button', LOOK)).toHaveAttribute('data-start', 'when_allowed');
    expect(screen.queryByLabelText('Username')).toBeNull();
    expect(screen.getByRole('link', { name: 'Use a recovery code' })).toBeVisible();
  });

  it('who was taken for somebody else is signed out at once, and asked for a name', async () => {
    isFound();
    const { user } = await look();
    await user.click(await screen.findByRole('button', { name: 'That’s not me' }));
    expect(await screen.findByLabelText('Username')).toHaveValue('');
    expect(signedOut).toBe(1);
    await waitFor(() => {
      expect(screen.queryByText('You are signed in as ana.')).toBeNull();
    });
    expect(screen.queryByRole('button', LOOK)).toBeNull();
  });

  it('a page that was left for signing in is not opened before the greeting', async () => {
    isFound();
    const { user } = show('/sign-in', { from: '/me' });
    await user.click(await screen.findByRole('button', LOOK));
    expect(await screen.findByRole('button', { name: 'That’s not me' })).toBeVisible();
  });

  it('a stranger is told so, and never looked at again unasked', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    const { user } = await look();
    expect(await screen.findByRole('alert')).toHaveTextContent('We couldn’t recognise you.');
    expect(screen.queryByRole('button', LOOK)).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(screen.getByRole('button', LOOK)).toHaveAttribute('data-start', 'now');
  });

  it('a closed account has a recovery code as its way on', async () => {
    refuse('post', '/login', 429, 'factor_closed', { retry_after_s: 3600 });
    await look();
    expect(await screen.findByRole('alert')).toHaveTextContent('closed for this account');
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    expect(screen.getAllByRole('link', { name: 'Use a recovery code' })).toHaveLength(1);
  });

  it.each([
    [401, 'username_needed', 'does not tell who you are'],
    [503, 'identification_unavailable', 'not possible right now'],
  ])('%i %s leads to the field for a name', async (status, code, sentence) => {
    refuse('post', '/login', status, code, { retry_after_s: 30 });
    const { user } = await look();
    expect(await screen.findByRole('alert')).toHaveTextContent(sentence);
    expect(screen.queryByRole('timer')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    await user.click(screen.getByRole('link', { name: 'Use my username' }));
    expect(await screen.findByLabelText('Username')).toBeVisible();
  });

  it('a name may be used instead, and the other way round', async () => {
    isFound();
    const { user } = show('/sign-in');
    await user.click(await screen.findByRole('link', { name: 'Use my username' }));
    await user.type(await screen.findByLabelText('Username'), 'ana');
    await user.click(screen.getByRole('button', { name: 'Continue to the camera' }));
    expect(await screen.findByRole('heading', { name: 'Hello, ana' })).toBeVisible();
    await user.click(screen.getByRole('link', { name: 'Use another name' }));
    await user.click(await screen.findByRole('link', { name: 'Just look, without a name' }));
    await user.click(await screen.findByRole('button', LOOK));
    await screen.findByRole('heading', { name: 'Welcome back, ana' });
    expect(logins[0]!.has('username')).toBe(false);
  });

  it('who gave a name is not asked whether it is theirs', async () => {
    isFound();
    localStorage.setItem('facelogin-name', 'ana');
    await look();
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    expect(logins[0]!.get('username')).toBe('ana');
    expect(screen.queryByRole('button', { name: 'That’s not me' })).toBeNull();
  });

  it('a live look is begun without a name too', async () => {
    answer('get', '/config', { ...NAMELESS, required_assurance: 'live' });
    const begun: unknown[] = [];
    server.use(
      http.post('/challenges', async ({ request }) => {
        begun.push(await request.json());
        return HttpResponse.json({ code: 'busy', message: '', request_id: 'r' }, { status: 503 });
      }),
    );
    const { user } = show('/sign-in');
    await user.click(await screen.findByRole('button', { name: 'Turn' }));
    await screen.findByRole('alert');
    expect(begun).toEqual([{ purpose: 'login', flash: false }]);
  });
});

it('the name is asked for where nobody can say what this server wants', async () => {
  refuse('get', '/config', 503, 'busy');
  show('/sign-in');
  expect(await screen.findByLabelText('Username')).toBeVisible();
});
