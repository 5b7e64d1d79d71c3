import { fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keepSavedFiles } from '../../../tests/saved-files';
import { answer, RECOVERY_CODES, SESSION } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));

const savedFile = keepSavedFiles();
const questions: string[] = [];
let leaves = true;

/** Go to where new codes are shown. */
async function showCodes() {
  answer('get', '/session', { ...SESSION, fresh_until: '2099-01-01T00:00:00Z' });
  answer('post', '/account/recovery-codes', { recovery_codes: RECOVERY_CODES }, 201);
  window.history.pushState({ idx: 0, key: 'before', usr: null }, '', '/welcome');
  const shown = show('/me');
  window.history.replaceState({ idx: 1, key: 'me', usr: null }, '', '/me');
  await shown.user.click(await screen.findByRole('button', { name: 'Make new codes' }));
  await shown.user.click(screen.getByRole('button', { name: 'Make them now' }));
  await screen.findByRole('heading', { name: 'Save your recovery codes' });
  return shown;
}

beforeEach(() => {
  questions.length = 0;
  leaves = true;
  vi.stubGlobal('confirm', (question: string) => {
    questions.push(question);
    return leaves;
  });
});

describe('new recovery codes', () => {
  it('are shown, and go on only when they are kept', async () => {
    const { user } = await showCodes();
    for (const code of RECOVERY_CODES) expect(screen.getByText(code)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    const box = screen.getByRole('checkbox', { name: 'I have saved these codes' });
    expect(box).toHaveAccessibleDescription(/not shown again/);
    expect(box).toHaveFocus();
    await user.click(box);
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    expect(await screen.findByRole('heading', { name: 'Your account' })).toBeVisible();
    expect(screen.queryByText(RECOVERY_CODES[0]!)).toBeNull();
  });

  it('are copied, one a line', async () => {
    const { user } = await showCodes();
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await screen.findByText('Copied.')).toBeVisible();
    expect(await navigator.clipboard.readText()).toBe(RECOVERY_CODES.join('\n'));
  });

  it('say so where the browser does not copy', async () => {
    const { user } = await showCodes();
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('not allowed'));
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await screen.findByText(/copy them yourself/)).toBeVisible();
  });

  it('are saved as a text file that says what they are for', async () => {
    const { user } = await showCodes();
    await user.click(screen.getByRole('button', { name: 'Download' }));
    const text = await savedFile('facelogin-ana.txt');
    expect(text).toContain('facelogin recovery codes for localhost:3000');
    expect(text).toContain('Username ana');
    for (const code of RECOVERY_CODES) expect(text.split('\r\n')).toContain(code);
    expect(questions).toEqual([]);
  });

  it('are printed', async () => {
    const print = vi.fn();
    vi.stubGlobal('print', print);
    const { user } = await showCodes();
    await user.click(screen.getByRole('button', { name: 'Print' }));
    expect(print).toHaveBeenCalledOnce();
  });

  it('are not left by a link without a question', async () => {
    leaves = false;
    const { user } = await showCodes();
    await user.click(screen.getByRole('link', { name: 'facelogin' }));
    expect(questions).toHaveLength(1);
    expect(screen.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
    leaves = true;
    await user.click(screen.getByRole('link', { name: 'facelogin' }));
    expect(await screen.findByRole('heading', { name: 'Sign in with a look' })).toBeVisible();
  });

  it('are not left by the Back button of the browser without a question', async () => {
    leaves = false;
    await showCodes();
    window.history.back();
    await waitFor(() => {
      expect(questions).toHaveLength(1);
      expect(window.location.pathname).toBe('/me');
    });
    expect(screen.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  });

  it('hold back the closing of the page until they are kept', async () => {
    const { user } = await showCodes();
    const closing = () => !fireEvent(window, new Event('beforeunload', { cancelable: true }));
    expect(closing()).toBe(true);
    await user.click(screen.getByRole('checkbox', { name: 'I have saved these codes' }));
    await user.click(screen.getByRole('button', { name: 'Continue' }));
    await screen.findByRole('heading', { name: 'Your account' });
    expect(closing()).toBe(false);
  });
});
