import { act, screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { answer, CONFIG, refuse, server, SESSION } from '../../tests/server';
import { show } from '../../tests/show';
import { tellOtherTabs } from '../api/other-tabs';

vi.mock('../camera/camera', () => import('../../tests/fake-camera'));

describe('the landing page', () => {
  it('offers to sign in and to sign up', async () => {
    show('/');
    expect(await screen.findByRole('link', { name: 'Sign in' })).toHaveAttribute(
      'href',
      '/sign-in',
    );
    expect(screen.getByRole('link', { name: 'Create an account' })).toBeVisible();
  });

  it('goes on as who is signed in', async () => {
    answer('get', '/session', SESSION);
    show('/');
    expect(await screen.findByRole('link', { name: 'Continue as ana' })).toHaveAttribute(
      'href',
      '/welcome',
    );
  });

  it('offers no account where registration is closed', async () => {
    answer('get', '/config', { ...CONFIG, registration: 'closed' });
    show('/');
    await screen.findByText(/created by the administrator/);
    expect(screen.queryByRole('link', { name: 'Create an account' })).toBeNull();
  });

  it('works while the server is down', async () => {
    server.use(http.get('/session', () => HttpResponse.error()));
    server.use(http.get('/config', () => HttpResponse.error()));
    show('/');
    expect(await screen.findByRole('link', { name: 'Sign in' })).toBeVisible();
  });
});

describe('the welcome page', () => {
  it('greets by name and signs out', async () => {
    answer('get', '/session', SESSION);
    server.use(
      http.post('/logout', () => {
        refuse('get', '/session', 401, 'session_required');
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = show('/welcome');
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Sign out' }));
    expect(await screen.findByRole('heading', { name: 'Sign in with a look' })).toBeVisible();
    expect(await screen.findByText('You are signed out.')).toBeInTheDocument();
    expect(await screen.findByRole('link', { name: 'Sign in' })).toBeVisible();
  });

  it('sends one request however often Sign out is pressed', async () => {
    answer('get', '/session', SESSION);
    let requests = 0;
    server.use(
      http.post('/logout', async () => {
        requests += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = show('/welcome');
    await user.dblClick(await screen.findByRole('button', { name: 'Sign out' }));
    await screen.findByRole('heading', { name: 'Sign in with a look' });
    expect(requests).toBe(1);
  });

  it('stays signed in and says so when signing out does not work', async () => {
    answer('get', '/session', SESSION);
    refuse('post', '/logout', 503, 'store_unavailable');
    const { user } = show('/welcome');
    await user.click(await screen.findByRole('button', { name: 'Sign out' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('cannot reach its database');
    expect(screen.getByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
  });

  it('notices that another tab signed out', async () => {
    answer('get', '/session', SESSION);
    show('/welcome');
    await screen.findByRole('heading', { name: 'Welcome back, ana' });
    refuse('get', '/session', 401, 'session_required');
    act(() => {
      tellOtherTabs();
    });
    expect(await screen.findByRole('heading', { name: 'You are not signed in' })).toBeVisible();
  });

  it('has a way on when the server is down', async () => {
    server.use(http.get('/session', () => HttpResponse.error()));
    const { user } = show('/welcome');
    await screen.findByRole('alert', {}, { timeout: 3000 });
    answer('get', '/session', SESSION);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Welcome back, ana' })).toBeVisible();
  });
});

describe('every page', () => {
  it('has its name in the title, and the focus on its first field or else its heading', async () => {
    const { user } = show('/');
    const heading = await screen.findByRole('heading', { name: 'Sign in with a look' });
    expect(heading).toHaveFocus();
    expect(document.title).toBe('Sign in with a look · facelogin');
    await user.click(screen.getByRole('link', { name: 'Sign in' }));
    expect(await screen.findByLabelText('Username')).toHaveFocus();
    expect(document.title).toBe('Sign in · facelogin');
  });

  it('begins with a link to the content', async () => {
    const { user } = show('/');
    await screen.findByRole('heading', { name: 'Sign in with a look' });
    await user.tab({ shift: true });
    await user.tab({ shift: true });
    expect(screen.getByRole('link', { name: 'Skip to the content' })).toHaveFocus();
  });

  it('is found, or says that there is nothing', async () => {
    show('/nowhere/at/all');
    const heading = await screen.findByRole('heading', { name: 'Page not found' });
    expect(heading).toBeVisible();
    expect(screen.getByRole('link', { name: 'Home' })).toHaveAttribute('href', '/');
  });
});

describe('signing in as somebody else', () => {
  it.each(['off', 'on'])(
    'gives an empty name and no camera, identification being %s',
    async (identification) => {
      localStorage.setItem('facelogin-name', 'ana');
      answer('get', '/session', SESSION);
      answer('get', '/config', { ...CONFIG, identification });
      const { user } = show('/');
      await user.click(await screen.findByRole('link', { name: 'Use another account' }));
      const field = await screen.findByLabelText('Username');
      expect(field).toHaveValue('');
      expect(field).toHaveFocus();
      expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
      expect(localStorage.getItem('facelogin-name')).toBeNull();
    },
  );

  it('holds in a new tab, where the address is all that is known', async () => {
    localStorage.setItem('facelogin-name', 'ana');
    show('/sign-in?who=other');
    expect(await screen.findByLabelText('Username')).toHaveValue('');
    expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
  });

  it('asks for a name beside a recovery code too', async () => {
    localStorage.setItem('facelogin-name', 'ana');
    const { user } = show('/sign-in?way=code');
    await user.click(await screen.findByRole('link', { name: 'Use another name' }));
    expect(await screen.findByLabelText('Username')).toHaveValue('');
    await user.click(screen.getByRole('link', { name: 'Use your face instead' }));
    expect(await screen.findByLabelText('Username')).toHaveValue('');
    expect(screen.queryByRole('button', { name: /^Look/ })).toBeNull();
  });
});
