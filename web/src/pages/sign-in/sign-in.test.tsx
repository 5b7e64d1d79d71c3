import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, refuse, server, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

/** What /login was sent, request by request. */
const logins: FormData[] = [];

function logInWorks() {
  server.use(
    http.post('/login', async ({ request }) => {
      logins.push(await request.formData());
      answer('get', '/session', SESSION);
      return HttpResponse.json({ message: 'Hi', user_id: 'u1', username: 'ana' });
    }),
  );
}

async function lookAs(name: string) {
  const shown = show('/sign-in');
  await shown.user.type(await screen.findByLabelText('Username'), name);
  await shown.user.click(screen.getByRole('button', { name: 'Continue to the camera' }));
  await shown.user.click(await screen.findByRole('button', { name: /^Look/ }));
  return shown;
}

beforeEach(() => {
  logins.length = 0;
});

describe('the sign-in page', () => {
  it('greets by name after a look', async () => {
    logInWorks();
    await lookAs('ana');
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    expect(logins).toHaveLength(1);
    expect(logins[0]?.get('username')).toBe('ana');
    expect(logins[0]?.getAll('images')).toHaveLength(3);
  });

  it('asks for the name before anything else', async () => {
    const { user } = show('/sign-in');
    await user.click(await screen.findByRole('button', { name: 'Continue to the camera' }));
    expect(screen.getByLabelText('Username')).toHaveAccessibleDescription('Required.');
    expect(screen.getByLabelText('Username')).toHaveFocus();
  });

  it('remembers the name only when asked', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    await lookAs('ana');
    expect(localStorage.getItem('facelogin-name')).toBeNull();
  });

  it('goes straight to the camera for a remembered name, and forgets it on request', async () => {
    localStorage.setItem('facelogin-name', 'ana');
    const { user } = show('/sign-in');
    expect(await screen.findByRole('heading', { name: 'Hello, ana' })).toBeVisible();
    await user.click(screen.getByRole('link', { name: 'Use another name' }));
    expect(await screen.findByLabelText('Username')).toHaveValue('');
    expect(localStorage.getItem('facelogin-name')).toBeNull();
  });

  it('says one calm sentence when the face does not match, and waits for the person', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    const { user } = await lookAs('ana');
    expect(await screen.findByRole('alert')).toHaveTextContent('couldn’t match your face');
    expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(screen.getByRole('button', { name: /^Look/ })).toHaveAttribute('data-start', 'now');
  });

  it.each([
    ['too_dark', 'Turn towards a lamp'],
    ['several_faces', 'One person at a time'],
    ['face_turned_away', 'Look straight at the camera'],
  ])('says what to do about %s', async (code, sentence) => {
    refuse('post', '/login', 422, code);
    await lookAs('ana');
    expect(await screen.findByRole('alert')).toHaveTextContent(sentence);
  });

  it('counts down the time of a lockout and opens the way on after it', async () => {
    refuse('post', '/login', 429, 'too_many_attempts', { retry_after_s: 2 });
    await lookAs('ana');
    expect(await screen.findByRole('timer')).toHaveTextContent('You can try again in 2 seconds.');
    const again = screen.getByRole('button', { name: 'Try again' });
    expect(again).toHaveAttribute('aria-disabled', 'true');
    await waitFor(
      () => {
        expect(screen.getByRole('timer')).toHaveTextContent('You can try again now.');
      },
      { timeout: 4000 },
    );
    expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
    expect(again).toHaveAttribute('aria-disabled', 'false');
  });

  it('uses the words of the server for a code that it does not know', async () => {
    refuse('post', '/login', 422, 'something_new');
    await lookAs('ana');
    expect(await screen.findByRole('alert')).toHaveTextContent('The server says something_new.');
  });

  it.each([
    ['a server that is down', () => HttpResponse.error(), 'cannot be reached'],
    [
      'a proxy that answers with a page',
      () => HttpResponse.html('<h1>Bad gateway</h1>', { status: 502 }),
      'server is busy',
    ],
    [
      'a page where an answer should be',
      () => HttpResponse.html('<h1>Hotel Wi-Fi</h1>'),
      'unexpected response',
    ],
    [
      'a fault',
      () =>
        HttpResponse.json(
          { message: 'x', code: 'internal_error', request_id: 'abc123' },
          { status: 500 },
        ),
      'abc123',
    ],
  ])('has a sentence and a way on for %s', async (_case, respond, sentence) => {
    server.use(http.post('/login', respond));
    await lookAs('ana');
    expect(await screen.findByRole('alert')).toHaveTextContent(sentence);
    expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled();
  });

  it('tells who is signed in already', async () => {
    answer('get', '/session', SESSION);
    show('/sign-in');
    expect(await screen.findByText('You are signed in as ana.')).toBeVisible();
    expect(screen.getByRole('link', { name: 'Continue' })).toHaveAttribute('href', '/welcome');
  });

  it('goes back from the camera to the name', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    await lookAs('ana');
    window.history.back();
    expect(await screen.findByLabelText('Username')).toBeVisible();
  });
});
