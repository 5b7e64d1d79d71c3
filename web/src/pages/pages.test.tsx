import { act, screen, waitFor } from '@testing-library/react';
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
    await screen.findByText(/made by the operator/);
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
  it('has its name in the title and takes the focus on arrival', async () => {
    const { user } = show('/');
    expect(document.title).toBe('Sign in with a look · facelogin');
    await user.click(await screen.findByRole('link', { name: 'Sign in' }));
    expect(document.title).toBe('Sign in · facelogin');
    await waitFor(() => expect(screen.getByRole('heading', { name: 'Sign in' })).toHaveFocus());
  });

  it('begins with a link to the content', async () => {
    const { user } = show('/');
    await user.tab();
    expect(screen.getByRole('link', { name: 'Skip to the content' })).toHaveFocus();
  });

  it('is found, or says that there is nothing', () => {
    show('/nowhere/at/all');
    expect(screen.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
    expect(screen.getByRole('link', { name: 'To the start' })).toHaveAttribute('href', '/');
  });
});
