import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, CONFIG, refuse, server, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));
vi.mock('../../camera/live/live-camera', () => import('../../../tests/fake-live-camera'));

const ASKING = { ...CONFIG, sign_in_consent: true };
const LOOK = { name: /^Look/ };
const NOTICE = { name: 'What happens with your face' };
const AGREE =
  'I have read the privacy notice and agree to my face template being created and stored.';

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

async function nameThemselves(name = 'ana') {
  const shown = show('/sign-in');
  await shown.user.type(await screen.findByLabelText('Username'), name);
  await shown.user.click(screen.getByRole('button', { name: 'Continue to the camera' }));
  return shown;
}

type User = ReturnType<typeof show>['user'];

async function agree(user: User) {
  await user.click(await screen.findByLabelText(AGREE));
  await user.click(screen.getByRole('button', { name: 'Continue' }));
}

beforeEach(() => {
  logins.length = 0;
  answer('get', '/config', ASKING);
});

describe('where accounts without consent may sign in', () => {
  it('shows the notice before any camera, and sends what was agreed to', async () => {
    logInWorks();
    const { user } = await nameThemselves();
    expect(await screen.findByRole('heading', NOTICE)).toBeVisible();
    expect(screen.queryByRole('button', LOOK)).toBeNull();
    await agree(user);
    await user.click(await screen.findByRole('button', LOOK));
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    expect(logins.map((sent) => sent.get('consent'))).toEqual(['n1']);
  });

  it('opens no camera without a yes', async () => {
    const { user } = await nameThemselves();
    await screen.findByLabelText(AGREE);
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(screen.getByText(/Without consent no picture is taken/)).toBeVisible();
    expect(screen.queryByRole('button', LOOK)).toBeNull();
  });

  it('offers a recovery code to whoever does not agree', async () => {
    const { user } = await nameThemselves();
    await user.click(await screen.findByRole('link', { name: 'Use a recovery code' }));
    expect(await screen.findByLabelText('Recovery code')).toBeVisible();
  });

  it('asks once: a browser that signed in goes straight to the camera, and sends none', async () => {
    logInWorks();
    const { user, unmount } = await nameThemselves();
    await agree(user);
    await user.click(await screen.findByRole('button', LOOK));
    await screen.findByRole('heading', { name: 'Welcome back, ana' });
    unmount();
    refuse('get', '/session', 401, 'session_required');
    const again = await nameThemselves();
    await again.user.click(await screen.findByRole('button', LOOK));
    await waitFor(() => {
      expect(logins).toHaveLength(2);
    });
    expect(logins[1]!.has('consent')).toBe(false);
  });

  it('asks again after a look that did not lead in', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    const { user, unmount } = await nameThemselves();
    await agree(user);
    await user.click(await screen.findByRole('button', LOOK));
    await screen.findByRole('alert');
    unmount();
    await nameThemselves();
    expect(await screen.findByRole('heading', NOTICE)).toBeVisible();
  });

  it('keeps the yes for another look at once', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    const { user } = await nameThemselves();
    await agree(user);
    await user.click(await screen.findByRole('button', LOOK));
    await user.click(await screen.findByRole('button', { name: 'Try again' }));
    logInWorks();
    await user.click(await screen.findByRole('button', LOOK));
    await screen.findByRole('heading', { name: 'Welcome back, ana' });
    expect(logins.map((sent) => sent.get('consent'))).toEqual(['n1']);
  });

  it('asks anew after another version of the notice', async () => {
    localStorage.setItem('facelogin-agreed-notice', 'n0');
    await nameThemselves();
    expect(await screen.findByRole('heading', NOTICE)).toBeVisible();
  });

  it('asks whoever signs in without a name, too', async () => {
    answer('get', '/config', { ...ASKING, identification: 'on' });
    logInWorks();
    const { user } = show('/sign-in');
    await agree(user);
    await user.click(await screen.findByRole('button', LOOK));
    await waitFor(() => {
      expect(logins.map((sent) => sent.get('consent'))).toEqual(['n1']);
    });
  });
});

describe('where the server asks for consent unexpectedly', () => {
  beforeEach(() => {
    answer('get', '/config', CONFIG);
  });

  it('shows the notice after consent_required, and looks again', async () => {
    refuse('post', '/login', 422, 'consent_required');
    const { user } = await nameThemselves();
    await user.click(await screen.findByRole('button', LOOK));
    expect(await screen.findByRole('heading', NOTICE)).toBeVisible();
    logInWorks();
    await agree(user);
    await user.click(await screen.findByRole('button', LOOK));
    await screen.findByRole('heading', { name: 'Welcome back, ana' });
    expect(logins[0]!.get('consent')).toBe('n1');
  });

  it('shows the new notice after consent_outdated, and says that it is new', async () => {
    refuse('post', '/login', 422, 'consent_outdated');
    const { user } = await nameThemselves();
    await user.click(await screen.findByRole('button', LOOK));
    expect(await screen.findByRole('alert')).toHaveTextContent('The privacy notice has changed');
    expect(await screen.findByLabelText(AGREE)).not.toBeChecked();
  });
});
