import { render } from '@testing-library/react';
import { createRef } from 'react';
import { expect, it, vi } from 'vitest';
import { en } from '../ui/words/en';
import { Mirror } from './mirror';

const { stream, stop } = vi.hoisted(() => {
  const stop = vi.fn();
  const track = { addEventListener: () => undefined, stop };
  return { stop, stream: { getVideoTracks: () => [track] } };
});

// As react-webcam is where a page goes while the camera is being opened: it keeps no stream.
vi.mock('react-webcam', async () => {
  const { Component } = await import('react');
  return {
    default: class extends Component<{ onUserMedia: (opened: unknown) => void }> {
      override componentDidMount() {
        this.props.onUserMedia(stream);
      }
      override render() {
        return null;
      }
    },
  };
});

it('turns the camera off when it goes, whatever the webcam component has kept', () => {
  const devices = { devices: [], chosen: null, find: () => undefined, choose: () => undefined };
  const { unmount } = render(
    <Mirror
      words={en.camera}
      videoRef={createRef()}
      devices={devices}
      onOpened={() => undefined}
      onFailure={() => undefined}
    />,
  );
  expect(stop).not.toHaveBeenCalled();
  unmount();
  expect(stop).toHaveBeenCalledOnce();
});
