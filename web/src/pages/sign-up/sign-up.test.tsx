import { screen, within } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answer,
  CONFIG,
  RECOVERY_CODES,
  refusal,
  refuse,
  server,
  SESSION,
} from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const registrations: FormData[] = [];

function registerAnswers(...answers: (() => Response)[]) {
  server.use(
    http.post('/register', async ({ request }) => {
      registrations.push(await request.formData());
      return (answers.shift() ?? created)();
    }),
  );
}

/** Registering answers with a session too. */
const created = () => {
  answer('get', '/session', SESSION);
  return HttpResponse.json(
    { message: 'Welcome.', user_id: 'u1', recovery_codes: RECOVERY_CODES },
    { status: 201 },
  ) as Response;
};

/** Keep what the server is asked about, and answer in turn; whatever comes later is fine. */
function checkAnswers(...answers: (() => Response)[]): unknown[] {
  const asked: unknown[] = [];
  server.use(
    http.post('/register/check', async ({ request }) => {
      asked.push(await request.json());
      return (answers.shift() ?? (() => new Response(null, { status: 204 })))();
    }),
  );
  return asked;
}

async function fill(user: UserEvent, email: string, username: string) {
  const field = await screen.findByLabelText('Email');
  await user.clear(field);
  await user.type(field, email);
  await user.clear(screen.getByLabelText('Username'));
  await user.type(screen.getByLabelText('Username'), username);
  await user.click(screen.getByRole('button', { name: 'Continue' }));
}

async function agree(user: UserEvent) {
  await user.click(await screen.findByRole('checkbox'));
  await user.click(screen.getByRole('button', { name: 'Continue' }));
}

async function look(user: UserEvent) {
  await user.click(await screen.findByRole('button', { name: 'Look (3)' }));
}

async function keep(user: UserEvent) {
  await user.click(await screen.findByRole('checkbox', { name: 'I have saved these codes' }));
  await user.click(screen.getByRole('button', { name: 'Continue' }));
}

beforeEach(() => {
  registrations.length = 0;
});

describe('the sign-up page', () => {
  it('leads from the details over consent, three pictures and the codes to the greeting', async () => {
    registerAnswers();
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    expect(await screen.findByText('Version n1')).toBeVisible();
    await agree(user);
    await look(user);
    expect(await screen.findByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
    for (const code of RECOVERY_CODES) expect(screen.getByText(code)).toBeVisible();
    await keep(user);
    expect(await screen.findByRole('heading', { name: 'Welcome, ana' })).toBeVisible();
    expect(screen.queryByText(RECOVERY_CODES[0]!)).toBeNull();
    expect(window.location.pathname).toBe('/welcome');
    expect(screen.getByRole('button', { name: 'Sign out' })).toBeVisible();
    expect(screen.getByText(/Your account is ready/)).toBeVisible();
    expect(registrations).toHaveLength(1);
    expect(Object.fromEntries(registrations[0]!)).toMatchObject({
      email: 'ana@example.org',
      username: 'ana',
      consent: 'n1',
    });
    expect(registrations[0]!.getAll('images')).toHaveLength(3);
  });

  it('says what is wrong with the details before it goes on', async () => {
    const { user } = show('/sign-up');
    await fill(user, 'ana', 'a b');
    expect(screen.getByLabelText('Email')).toHaveAccessibleDescription(/not an email address/);
    expect(screen.getByLabelText('Username')).toHaveAccessibleDescription(/3 to 32 letters/);
    expect(screen.getByLabelText('Email')).toHaveFocus();
  });

  it('takes no picture without consent', async () => {
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await screen.findByRole('checkbox');
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(screen.getByRole('checkbox')).toHaveAccessibleDescription(/Tick the box/);
    expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
  });

  it('shows the notice as text, never as markup of its own', async () => {
    answer('get', '/notice', {
      language: 'en',
      version: 'n2',
      text: '**Kept** <img src=x onerror=alert(1)> [x](javascript:alert(1))',
    });
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    const notice = await screen.findByRole('region', { name: 'Privacy notice' });
    expect(within(notice).getByText('Kept').tagName).toBe('STRONG');
    expect(within(notice).queryByRole('img')).toBeNull();
    expect(within(notice).queryByRole('link')).toBeNull();
  });

  it('asks at the first step whether the names can be had', async () => {
    const asked = checkAnswers(() =>
      refusal(409, 'username_taken', { fields: { username: 'Taken.', email: 'Taken.' } }),
    );
    const { user } = show('/sign-up');
    await fill(user, ' ana@example.org ', 'ana');
    expect(await screen.findByText(/already an account with that email/)).toBeVisible();
    expect(screen.getByLabelText('Username')).toHaveAccessibleDescription(/taken/);
    expect(screen.getByLabelText('Email')).toHaveFocus();
    expect(screen.queryByText('Version n1')).toBeNull();
    await fill(user, 'ana2@example.org', 'ana2');
    expect(await screen.findByText('Version n1')).toBeVisible();
    expect(asked).toEqual([
      { email: 'ana@example.org', username: 'ana' },
      { email: 'ana2@example.org', username: 'ana2' },
    ]);
  });

  it('focuses the username if that alone is taken', async () => {
    checkAnswers(() => refusal(409, 'username_taken'));
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await screen.findByText(/username is taken/);
    expect(screen.getByLabelText('Username')).toHaveFocus();
    expect(screen.getByLabelText('Email')).not.toHaveAttribute('aria-invalid');
  });

  it('has a way on if the names cannot be checked', async () => {
    checkAnswers(() => refusal(503, 'store_unavailable'));
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    expect(await screen.findByRole('alert')).toHaveTextContent('cannot reach its database');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Version n1')).toBeVisible();
  });

  it('asks for another name when it is taken at the end, and keeps the pictures', async () => {
    registerAnswers(() => refusal(409, 'username_taken'));
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await agree(user);
    await look(user);
    const username = await screen.findByLabelText('Username');
    expect(username).toHaveAccessibleDescription(/taken/);
    expect(username).toHaveFocus();
    await fill(user, 'ana@example.org', 'ana2');
    await keep(user);
    expect(await screen.findByRole('heading', { name: 'Welcome, ana' })).toBeVisible();
    expect(registrations.map((sent) => sent.get('username'))).toEqual(['ana', 'ana2']);
    expect(registrations[1]!.getAll('images')).toHaveLength(3);
  });

  it('asks for consent again when the notice has changed meanwhile', async () => {
    registerAnswers(() => refusal(422, 'consent_outdated'));
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await agree(user);
    answer('get', '/notice', { language: 'en', version: 'n2', text: 'New.' });
    await look(user);
    expect(await screen.findByText('Version n2')).toBeVisible();
    expect(screen.getByText(/notice has changed/)).toBeVisible();
    expect(screen.getByRole('checkbox')).not.toBeChecked();
  });

  it('says what was wrong with the pictures, and takes new ones only when asked', async () => {
    registerAnswers(() => refusal(422, 'too_blurred'));
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await agree(user);
    await look(user);
    expect(await screen.findByRole('alert')).toHaveTextContent('blurred');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await look(user);
    await keep(user);
    expect(await screen.findByRole('heading', { name: 'Welcome, ana' })).toBeVisible();
  });

  it('goes back one step with the Back button of the browser', async () => {
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await agree(user);
    await screen.findByRole('button', { name: /^Look/ });
    window.history.back();
    expect(await screen.findByRole('checkbox')).toBeChecked();
    window.history.back();
    expect(await screen.findByLabelText('Email')).toHaveValue('ana@example.org');
  });

  it('says that registration is closed where it is', async () => {
    answer('get', '/config', { ...CONFIG, registration: 'closed' });
    show('/sign-up');
    expect(await screen.findByRole('heading', { name: 'Registration is closed' })).toBeVisible();
  });

  it('asks for the notice in the language that the browser reads, of those that there are', async () => {
    answer('get', '/config', { ...CONFIG, languages: ['fr', 'en'] });
    const asked: (string | null)[] = [];
    server.use(
      http.get('/notice', ({ request }) => {
        asked.push(new URL(request.url).searchParams.get('lang'));
        return HttpResponse.json({ language: 'en', version: 'n1', text: 'Text.' });
      }),
    );
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await screen.findByText('Text.');
    expect(asked).toEqual(['en']);
  });

  it('says so when the network has registered too often, and when it may again', async () => {
    registerAnswers(() => refusal(429, 'too_many_attempts', { retry_after_s: 1800 }));
    const { user } = show('/sign-up');
    await fill(user, 'ana@example.org', 'ana');
    await agree(user);
    await look(user);
    expect(await screen.findByRole('alert')).toHaveTextContent('Too many attempts');
    expect(screen.getByRole('timer')).toHaveTextContent('in 30 minutes');
  });

  it('has a way on when the server cannot say whether it is open', async () => {
    refuse('get', '/config', 500, 'internal_error');
    const { user } = show('/sign-up');
    await screen.findByRole('alert');
    answer('get', '/config', CONFIG);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByLabelText('Email')).toBeVisible();
  });
});
