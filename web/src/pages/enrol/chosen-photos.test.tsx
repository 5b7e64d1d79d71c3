import { screen, within } from '@testing-library/react';
import { http } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { refusal, server } from '../../../tests/server';
import { show } from '../../../tests/show';

vi.mock('../../camera/camera', () => import('../../../tests/fake-camera'));
vi.mock('../../camera/take-frame', () => ({
  shrinkPicture: (file: File) =>
    file.name.endsWith('.heic') ? Promise.reject(new Error('no picture')) : Promise.resolve(file),
}));

const file = (name: string) => new File(['jpeg'], name, { type: 'image/jpeg' });

beforeEach(() => {
  URL.createObjectURL = () => 'blob:photo';
  URL.revokeObjectURL = () => undefined;
});

/** Go to the step for the face, and choose these files there. */
async function choose(...names: string[]) {
  const shown = show('/sign-up');
  const { user } = shown;
  await user.type(await screen.findByLabelText('Email'), 'ana@example.org');
  await user.type(screen.getByLabelText('Username'), 'ana');
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await user.click(await screen.findByRole('checkbox'));
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await screen.findByRole('button', { name: /^Look/ });
  const input = document.querySelector<HTMLInputElement>('input[type=file]')!;
  expect(input.multiple).toBe(true);
  await user.upload(input, names.map(file));
  return shown;
}

const photos = () => screen.findAllByRole('img', { name: /^Photo \d$/ });

describe('photo files at sign-up', () => {
  it('are warned of if there is only one, which may be used all the same', async () => {
    const { user } = await choose('a.jpg');
    expect(await screen.findByText(/With only one photo/)).toBeVisible();
    expect(screen.getByRole('button', { name: 'Continue with one photo' })).toBeVisible();
    const more = document.querySelector<HTMLInputElement>('input[type=file]')!;
    await user.upload(more, file('b.jpg'));
    expect(await screen.findByRole('button', { name: 'Continue with 2 photos' })).toBeVisible();
    expect(screen.queryByText(/With only one photo/)).toBeNull();
  });

  it('are no more than the server takes, and what is unreadable is named', async () => {
    const { user } = await choose('1.jpg', '2.jpg', '3.jpg', '4.jpg', '5.jpg', '6.jpg', 'x.heic');
    expect(await photos()).toHaveLength(5);
    expect(screen.getByText(/No more than 5 photos/)).toBeVisible();
    expect(screen.getByRole('alert')).toHaveTextContent('x.heic');
    await user.click(screen.getByRole('button', { name: 'Remove photo 2' }));
    expect(await photos()).toHaveLength(4);
  });

  it('are all sent, and the one that is refused is marked', async () => {
    let images = 0;
    server.use(
      http.post('/register', async ({ request }) => {
        images = (await request.formData()).getAll('images').length;
        return refusal(422, 'too_dark', { fields: { 'images[1]': 'Too dark.' } });
      }),
    );
    const { user } = await choose('a.jpg', 'b.jpg');
    await user.click(await screen.findByRole('button', { name: 'Continue with 2 photos' }));
    const told = await screen.findByRole('alert');
    expect(told).toHaveTextContent('too dark to see your face');
    const second = screen.getAllByRole('listitem').at(-1)!;
    expect(within(second).getByRole('alert')).toBe(told);
    expect(within(second).getByRole('img')).toHaveAccessibleName('Photo 2');
    expect(images).toBe(2);
    await user.click(screen.getByRole('button', { name: 'Remove photo 2' }));
    expect(screen.queryByText(/too dark/)).toBeNull();
  });
});
