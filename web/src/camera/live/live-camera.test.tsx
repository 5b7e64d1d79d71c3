import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { en } from '../../ui/words/en';
import { LiveCamera } from './live-camera';

const words = en.camera;
const begin = vi.fn(() => new Promise<never>(() => undefined));
const getUserMedia = vi.fn(() => Promise.reject(new DOMException('', 'NotAllowedError')));

beforeEach(() => {
  begin.mockClear();
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  vi.stubGlobal('navigator', {
    languages: ['en'],
    permissions: { query: () => Promise.resolve({ state: 'prompt' }) },
    mediaDevices: { getUserMedia, enumerateDevices: () => Promise.resolve([]) },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function show() {
  const shown = render(
    <LiveCamera
      guide={{ status: 'lost' }}
      words={words}
      start="when_allowed"
      flashOffered={false}
      begin={begin}
      answer={() => new Promise(() => undefined)}
      onPassed={() => undefined}
      onEnded={() => undefined}
      onRefused={() => undefined}
    />,
  );
  return { ...shown, user: userEvent.setup({ document }) };
}

const moreTime = () => screen.getByRole('checkbox', { name: words.live.longerTime });

describe('before a live look', () => {
  it('shows what will be asked, and how long it takes', () => {
    show();
    expect(screen.getByText(words.live.previewed)).toBeVisible();
    expect(words.live.previewed).toMatch(/About 15 seconds/);
  });

  it('remembers for the visit that more time is wanted', async () => {
    const { user, unmount } = show();
    expect(moreTime()).not.toBeChecked();
    await user.click(moreTime());
    expect(moreTime()).toBeChecked();
    unmount();
    show();
    expect(moreTime()).toBeChecked();
  });

  it('offers more time by the keyboard, without a camera too', async () => {
    const { user } = show();
    await user.click(screen.getByRole('button', { name: words.turnOn }));
    await screen.findByRole('alert');
    await user.tab();
    expect(moreTime()).toHaveFocus();
    await user.keyboard(' ');
    expect(moreTime()).toBeChecked();
  });

  it('shows the camera and the choice of more time until it begins', async () => {
    getUserMedia.mockImplementationOnce(() => new Promise<never>(() => undefined));
    const { user } = show();
    await user.click(screen.getByRole('button', { name: words.turnOn }));
    await waitFor(() => {
      expect(screen.getByLabelText(words.preview)).toBeInTheDocument();
    });
    expect(moreTime()).toBeVisible();
    expect(begin).not.toHaveBeenCalled();
  });
});
