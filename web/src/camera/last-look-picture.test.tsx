import { render, screen } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { keepLastLook, lastLook } from './last-look';
import { LastLookPicture } from './last-look-picture';

const revoked = vi.fn();

beforeEach(() => {
  revoked.mockClear();
  keepLastLook(null);
  URL.createObjectURL = () => 'blob:last';
  URL.revokeObjectURL = revoked;
});

it('what the camera saw last is shown, and gone with the page', async () => {
  keepLastLook(Promise.resolve(new Blob(['jpeg'])));
  const { unmount } = render(<LastLookPicture caption="What it saw" />);
  expect(await screen.findByAltText('What it saw')).toHaveAttribute('src', 'blob:last');
  unmount();
  expect(revoked).toHaveBeenCalledWith('blob:last');
  expect(await lastLook()).toBeNull();
});

it('nothing is shown where nothing was seen', async () => {
  const { container } = render(<LastLookPicture caption="What it saw" />);
  await lastLook();
  expect(container).toBeEmptyDOMElement();
});
