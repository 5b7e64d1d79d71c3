import { useEffect, useState } from 'react';
import type { View } from '../view';
import { startGuide, type Guide } from './start-guide';

/** What helps with the capture: not there yet, there, or never. */
export type GuideState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly look: (video: HTMLVideoElement) => Promise<View> }
  | { readonly status: 'lost' };

/** Start guidance with the page, so that it is there by the time the camera is. */
export function useGuide(): GuideState {
  const [state, setState] = useState<GuideState>({ status: 'loading' });
  useEffect(() => {
    const guide: Guide = startGuide({
      onReady: () => {
        setState({ status: 'ready', look: (video) => guide.look(video) });
      },
      onLost: () => {
        setState({ status: 'lost' });
      },
    });
    return () => {
      guide.stop();
    };
  }, []);
  return state;
}
