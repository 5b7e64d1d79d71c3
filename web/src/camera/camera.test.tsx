import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { en } from '../ui/words/en';
import { Camera } from './camera';
import type { Shot } from './capture-flow';
import type { GuideState } from './guidance/use-guide';
import type { View } from './view';

// jsdom has no canvas: a drawn frame is a number on it, and its JPEG is named by it.
let drawn = 0;
vi.mock('./take-frame', () => ({
  takeFrame: () => Promise.resolve(new Blob(['frame'])),
  drawFrame: (_video: HTMLVideoElement, canvas: HTMLCanvasElement) => {
    drawn += 1;
    canvas.dataset['frame'] = String(drawn);
  },
  encodeFrame: (canvas: HTMLCanvasElement) =>
    Promise.resolve(new File(['frame'], canvas.dataset['frame'] ?? '')),
  shrinkPicture: (file: File) =>
    file.type === 'image/jpeg' ? Promise.resolve(file) : Promise.reject(new Error('no picture')),
}));

const GLANCE: readonly Shot[] = [{ pose: 'straight', frames: 3 }];
const GOOD: View = {
  atMs: 0,
  faces: 1,
  face: { offX: 0, offY: 0, width: 0.5, luma: 120, yawDeg: 0, pitchDeg: 0 },
};

class FakeTrack extends EventTarget {
  readonly kind = 'video';
  readonly stop = vi.fn();
}

let tracks: FakeTrack[] = [];
const getUserMedia = vi.fn();

function cameras(allowed: 'granted' | 'prompt', kinds: readonly string[] = ['videoinput']) {
  vi.stubGlobal('navigator', {
    languages: ['en'],
    permissions: { query: () => Promise.resolve({ state: allowed }) },
    mediaDevices: {
      getUserMedia,
      enumerateDevices: () =>
        Promise.resolve(kinds.map((kind, index) => ({ kind, deviceId: `d${index}`, label: '' }))),
    },
  });
}

beforeEach(() => {
  tracks = [];
  getUserMedia.mockReset().mockImplementation(() => {
    const track = new FakeTrack();
    tracks.push(track);
    return Promise.resolve({
      getVideoTracks: () => [track],
      getAudioTracks: () => [],
      removeTrack: () => undefined,
    });
  });
  cameras('prompt');
  vi.spyOn(HTMLMediaElement.prototype, 'readyState', 'get').mockReturnValue(4);
  URL.createObjectURL = () => 'blob:frame';
  URL.revokeObjectURL = () => undefined;
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function showCamera(options: { guide?: GuideState; start?: 'now' | 'when_allowed' } = {}) {
  const onFrames = vi.fn();
  const shown = render(
    <Camera
      shots={GLANCE}
      guide={options.guide ?? { status: 'lost' }}
      words={en.camera}
      start={options.start ?? 'when_allowed'}
      uploadAllowed
      onFrames={onFrames}
    />,
  );
  return { ...shown, onFrames, user: userEvent.setup({ document }) };
}

async function videoStarts() {
  await waitFor(() => {
    expect(tracks).toHaveLength(1);
  });
  act(() => {
    screen.getByLabelText('Your camera, mirrored').dispatchEvent(new Event('loadeddata'));
  });
}

describe('the camera', () => {
  it('gives a reason before the browser asks', async () => {
    const { user } = showCamera();
    expect(screen.getByText(/Your browser will ask/)).toBeVisible();
    expect(getUserMedia).not.toHaveBeenCalled();
    await user.click(screen.getByRole('button', { name: 'Turn on the camera' }));
    await waitFor(() => {
      expect(getUserMedia).toHaveBeenCalledTimes(1);
    });
  });

  it('opens at once where it is allowed already', async () => {
    cameras('granted');
    showCamera();
    await videoStarts();
    expect(getUserMedia).toHaveBeenCalledTimes(1);
  });

  it('captures by itself when guidance finds three good frames in a row', async () => {
    const look = vi.fn(() => Promise.resolve({ ...GOOD, atMs: performance.now() }));
    const { onFrames } = showCamera({ start: 'now', guide: { status: 'ready', look } });
    await videoStarts();
    await waitFor(() => {
      expect(onFrames).toHaveBeenCalledTimes(1);
    });
    expect(onFrames.mock.calls[0]?.[0]).toHaveLength(3);
    expect(look).toHaveBeenCalledTimes(3);
  });

  it('keeps the very frames that guidance looked at', async () => {
    const lookedAt: string[] = [];
    const look = (frame: HTMLCanvasElement) => {
      const faces = lookedAt.push(frame.dataset['frame'] ?? '') === 2 ? 2 : 1;
      return Promise.resolve({ ...GOOD, faces, atMs: performance.now() } satisfies View);
    };
    const { onFrames } = showCamera({ start: 'now', guide: { status: 'ready', look } });
    await videoStarts();
    await waitFor(() => {
      expect(onFrames).toHaveBeenCalledTimes(1);
    });
    const frames = onFrames.mock.calls[0]?.[0] as readonly File[];
    expect(frames.map((frame) => frame.name)).toEqual(lookedAt.slice(2));
  });

  it('turns the camera off once it has its frames', async () => {
    const look = () => Promise.resolve({ ...GOOD, atMs: performance.now() });
    const { onFrames } = showCamera({ start: 'now', guide: { status: 'ready', look } });
    await videoStarts();
    await waitFor(() => {
      expect(onFrames).toHaveBeenCalled();
    });
    expect(tracks[0]?.stop).toHaveBeenCalled();
    expect(screen.getByRole('status')).toHaveTextContent('Checking…');
  });

  it('captures with the button where guidance can not run', async () => {
    const { user, onFrames } = showCamera({ start: 'now' });
    await videoStarts();
    await user.click(screen.getByRole('button', { name: 'Take photo' }));
    await waitFor(() => {
      expect(onFrames).toHaveBeenCalledTimes(1);
    });
    expect(onFrames.mock.calls[0]?.[0]).toHaveLength(3);
  });

  it('says a hint where guidance has one', async () => {
    const look = () =>
      Promise.resolve({ ...GOOD, faces: 2, atMs: performance.now() } satisfies View);
    const { onFrames } = showCamera({ start: 'now', guide: { status: 'ready', look } });
    await videoStarts();
    expect(await screen.findByRole('status', {}, { timeout: 2500 })).toBeInTheDocument();
    await waitFor(
      () => {
        expect(screen.getByRole('status')).toHaveTextContent('Only one person in view, please');
      },
      { timeout: 3000 },
    );
    expect(onFrames).not.toHaveBeenCalled();
  });

  it('stops every track when the page is left', async () => {
    const { unmount } = showCamera({ start: 'now' });
    await videoStarts();
    unmount();
    expect(tracks[0]?.stop).toHaveBeenCalled();
  });

  it('lets go of the camera while the page is hidden, and comes back', async () => {
    showCamera({ start: 'now' });
    await videoStarts();
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    act(() => {
      document.dispatchEvent(new Event('visibilitychange'));
    });
    expect(tracks[0]?.stop).toHaveBeenCalled();
    expect(screen.getByRole('status')).toHaveTextContent('The camera is off while you are away');
    hidden.mockReturnValue(false);
    act(() => {
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await waitFor(() => {
      expect(getUserMedia).toHaveBeenCalledTimes(2);
    });
  });

  it.each([
    ['NotAllowedError', 'The camera is blocked'],
    ['NotFoundError', 'No camera was found'],
    ['NotReadableError', 'Another program'],
  ])('has words and a way out for %s', async (name, sentence) => {
    getUserMedia.mockRejectedValue(new DOMException('', name));
    const { user } = showCamera({ start: 'now' });
    expect(await screen.findByRole('alert')).toHaveTextContent(sentence);
    expect(screen.getByRole('button', { name: 'Use a picture file instead' })).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => {
      expect(getUserMedia).toHaveBeenCalledTimes(2);
    });
  });

  it('says so when the camera is unplugged', async () => {
    showCamera({ start: 'now' });
    await videoStarts();
    act(() => {
      tracks[0]?.dispatchEvent(new Event('ended'));
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('The camera was disconnected');
  });

  it('lets the person choose where there are several cameras', async () => {
    cameras('prompt', ['videoinput', 'audioinput', 'videoinput']);
    const { user } = showCamera({ start: 'now' });
    await videoStarts();
    await user.selectOptions(await screen.findByLabelText('Camera'), 'Camera 2');
    await waitFor(() => {
      expect(getUserMedia).toHaveBeenLastCalledWith(
        expect.objectContaining({
          video: expect.objectContaining({ deviceId: { exact: 'd2' } }) as unknown,
        }),
      );
    });
    expect(tracks[0]?.stop).toHaveBeenCalled();
  });

  it('takes a picture file', async () => {
    const { user, onFrames } = showCamera();
    await user.upload(
      screen.getByLabelText('Use a picture file instead', { selector: 'input' }),
      new File(['x'], 'me.jpg', { type: 'image/jpeg' }),
    );
    await waitFor(() => {
      expect(onFrames).toHaveBeenCalledTimes(1);
    });
    expect(onFrames.mock.calls[0]?.[0]).toHaveLength(1);
  });

  it('says so when the file is no picture', async () => {
    const { user, onFrames } = showCamera();
    await user.upload(
      screen.getByLabelText('Use a picture file instead', { selector: 'input' }),
      new File(['x'], 'broken.png', { type: 'image/png' }),
    );
    expect(await screen.findByRole('alert')).toHaveTextContent('cannot be read as a picture');
    expect(onFrames).not.toHaveBeenCalled();
  });
});
