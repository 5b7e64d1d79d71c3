import { screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ACCOUNT,
  answer,
  CONFIG,
  RECOVERY_CODES,
  refuse,
  server,
  SESSION,
} from '../../tests/server';
import { show } from '../../tests/show';

vi.mock('../camera/live/live-camera', () => import('../../tests/fake-live-camera'));

const CENTRE = { n: 0, type: 'centre', min_frames: 4, max_ms: 4000 };
const LEFT = { n: 1, type: 'turn', direction: 'left', min_frames: 6, max_ms: 5000 };
const TURN = { name: 'Turn' };

/** What the server was sent: bodies by path, and the meta of each step. */
const sent: [string, unknown][] = [];

interface Frames {
  readonly nonce: string;
  readonly frames: readonly { seq: number; t_ms: number; sha256: string }[];
}

function keep(path: string, reply: () => Response) {
  server.use(
    http.post(path, async ({ request }) => {
      const isJson = request.headers.get('Content-Type')?.startsWith('application/json');
      const form = isJson ? null : await request.formData();
      const body: unknown = form ? JSON.parse(form.get('meta') as string) : await request.json();
      sent.push([new URL(request.url).pathname, body]);
      return reply();
    }),
  );
}

function challengesPass() {
  keep('/challenges', () =>
    HttpResponse.json(
      { challenge_id: 'c1', nonce: 'n1', expires_in_s: 60, step: CENTRE },
      { status: 201 },
    ),
  );
  keep('/challenges/c1/steps/0', () => HttpResponse.json({ status: 'continue', step: LEFT }));
  keep('/challenges/c1/steps/1', () => HttpResponse.json({ status: 'passed' }));
}

async function lookAs(name: string) {
  const shown = show('/sign-in');
  await shown.user.type(await screen.findByLabelText('Username'), name);
  await shown.user.click(screen.getByRole('button', { name: 'Continue to the camera' }));
  await shown.user.click(await screen.findByRole('button', TURN));
  return shown;
}

async function goToFace() {
  const shown = show('/sign-up');
  await shown.user.type(await screen.findByLabelText('Email'), 'ana@example.org');
  await shown.user.type(screen.getByLabelText('Username'), 'ana');
  await shown.user.click(screen.getByRole('button', { name: 'Continue' }));
  await shown.user.click(await screen.findByRole('checkbox'));
  await shown.user.click(screen.getByRole('button', { name: 'Continue' }));
  await shown.user.click(await screen.findByRole('button', TURN));
  return shown;
}

beforeEach(() => {
  sent.length = 0;
  answer('get', '/config', { ...CONFIG, required_assurance: 'live', upload_allowed: false });
  challengesPass();
});

describe('where the server asks for a live look', () => {
  it('signing in performs the steps and spends what was passed', async () => {
    keep('/login', () => {
      answer('get', '/session', SESSION);
      return HttpResponse.json({ message: 'Hi', user_id: 'u1', username: 'ana' });
    });
    await lookAs('ana');
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    expect(sent.map(([path]) => path)).toEqual([
      '/challenges',
      '/challenges/c1/steps/0',
      '/challenges/c1/steps/1',
      '/login',
    ]);
    expect(sent[0]![1]).toEqual({ purpose: 'login', username: 'ana', flash: false });
    expect(sent[3]![1]).toEqual({ username: 'ana', challenge_id: 'c1' });
  });

  it('frames are numbered over all steps and named by what they are', async () => {
    refuse('post', '/login', 401, 'not_recognised');
    await lookAs('ana');
    await screen.findByRole('alert');
    const metas = sent.slice(1, 3).map(([, meta]) => meta as Frames);
    expect(metas.map(({ nonce }) => nonce)).toEqual(['n1', 'n1']);
    const frames = metas.flatMap((meta) => meta.frames);
    expect(frames.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(frames.map(({ t_ms: tMs }) => tMs)).toEqual([1, 2, 1, 2]);
    expect(frames[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(frames[0]!.sha256).not.toBe(frames[1]!.sha256);
  });

  it('a look that does not pass has one sentence, and starts again only when asked to', async () => {
    keep('/challenges/c1/steps/1', () =>
      HttpResponse.json({ status: 'failed', code: 'liveness_failed' }),
    );
    const { user } = await lookAs('ana');
    expect(await screen.findByRole('alert')).toHaveTextContent('did not pass');
    expect(screen.queryByRole('button', TURN)).toBeNull();
    expect(sent.map(([path]) => path)).not.toContain('/login');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(screen.getByRole('button', TURN)).toHaveAttribute('data-start', 'now');
  });

  it('a look that does not pass says which way to turn', async () => {
    keep('/challenges/c1/steps/1', () =>
      HttpResponse.json({ status: 'failed', code: 'face_turned_away', detail: 'lift_chin' }),
    );
    await lookAs('ana');
    expect(await screen.findByRole('alert')).toHaveTextContent('Lift your chin a little.');
  });

  it('more time may be chosen after a failed look, for the next one', async () => {
    keep('/challenges/c1/steps/1', () =>
      HttpResponse.json({ status: 'failed', code: 'turn_faster' }),
    );
    const { user } = await lookAs('ana');
    await user.click(await screen.findByRole('checkbox', { name: 'More time for each turn' }));
    expect(screen.getByRole('alert')).toHaveTextContent('More time for each turn');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await user.click(await screen.findByRole('button', TURN));
    await vi.waitFor(() => {
      const begun = sent.filter(([path]) => path === '/challenges').map(([, body]) => body);
      expect(begun).toEqual([
        { purpose: 'login', username: 'ana', flash: false },
        { purpose: 'login', username: 'ana', flash: false, longer_time: true },
      ]);
    });
    expect(await screen.findByRole('alert')).toBeVisible();
  });

  it('too many attempts are told before a frame is taken', async () => {
    refuse('post', '/challenges', 429, 'too_many_attempts', { retry_after_s: 30 });
    await lookAs('ana');
    expect(await screen.findByRole('timer')).toHaveTextContent(/in \d+ seconds/);
    expect(screen.getByRole('link', { name: 'Use a recovery code instead' })).toBeVisible();
  });

  it('colours are offered where the operator has turned them on', async () => {
    answer('get', '/config', { ...CONFIG, required_assurance: 'live', flash: true });
    refuse('post', '/login', 401, 'not_recognised');
    await lookAs('ana');
    await screen.findByRole('alert');
    expect(sent[0]![1]).toMatchObject({ flash: true });
  });

  it('signing in brings the consent that it asked for when it begins', async () => {
    answer('get', '/config', { ...CONFIG, required_assurance: 'live', sign_in_consent: true });
    refuse('post', '/login', 401, 'not_recognised');
    const { user } = show('/sign-in', { username: 'ana' });
    await user.click(await screen.findByRole('checkbox'));
    expect(screen.queryByRole('button', TURN)).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await user.click(await screen.findByRole('button', TURN));
    await screen.findByRole('alert');
    expect(sent[0]).toEqual([
      '/challenges',
      { purpose: 'login', username: 'ana', consent: 'n1', flash: false },
    ]);
  });

  it('a look that is refused for want of consent shows the notice', async () => {
    refuse('post', '/challenges', 422, 'consent_required');
    await lookAs('ana');
    expect(
      await screen.findByRole('heading', { name: 'What happens with your face' }),
    ).toBeVisible();
  });

  it('registering says who it is for before a frame, and spends what was passed', async () => {
    keep('/register', () =>
      HttpResponse.json(
        { message: 'Hi', user_id: 'u1', recovery_codes: RECOVERY_CODES },
        { status: 201 },
      ),
    );
    await goToFace();
    expect(await screen.findByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
    const who = { username: 'ana', email: 'ana@example.org', consent: 'n1' };
    expect(sent[0]![1]).toEqual({ purpose: 'register', ...who, flash: false });
    expect(sent.at(-1)).toEqual(['/register', { ...who, challenge_id: 'c1' }]);
  });

  it('a name that is taken leads back to the details, before a frame is taken', async () => {
    refuse('post', '/challenges', 409, 'username_taken');
    await goToFace();
    expect(await screen.findByLabelText('Username')).toHaveAccessibleDescription(/taken/);
    expect(sent).toEqual([]);
  });

  it('a new template takes one more live look, spent where it is made', async () => {
    answer('get', '/session', { ...SESSION, fresh_until: '2099-01-01T00:00:00Z' });
    keep('/account/face', () => HttpResponse.json(ACCOUNT.template));
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Set up face again' }));
    await user.click(await screen.findByRole('button', TURN));
    expect(await screen.findByText('Your face has been updated.')).toBeVisible();
    expect(sent[0]![1]).toEqual({ purpose: 'step_up', flash: false });
    expect(sent.at(-1)).toEqual(['/account/face', { challenge_id: 'c1' }]);
  });

  it('one more look before a change is a live one too', async () => {
    answer('get', '/session', { ...SESSION, fresh_until: '2001-01-01T00:00:00Z' });
    keep('/session/step-up', () => HttpResponse.json(SESSION));
    const { user } = show('/me');
    await user.click(await screen.findByRole('button', { name: 'Set up face again' }));
    await user.click(await screen.findByRole('button', { name: 'Look at the camera' }));
    await user.click(await screen.findByRole('button', TURN));
    await vi.waitFor(() => {
      expect(sent.at(-1)).toEqual(['/session/step-up', { challenge_id: 'c1' }]);
    });
  });
});
