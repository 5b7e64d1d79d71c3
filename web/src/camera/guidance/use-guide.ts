import { useEffect, useState } from 'react';
import type { View } from '../view';
import { startGuide, type Guide } from './start-guide';

/** What helps with the capture: not there yet, there, or never. */
export type GuideState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly look: (frame: HTMLCanvasElement) => Promise<View> }
  | { readonly status: 'lost' };

/**
 * Start guidance with the page, so that it is there by the time the camera is; not before it is
 * `wanted`.
 */
export function useGuide({ wanted }: { wanted: boolean } = { wanted: true }): GuideState {
  const [state, setState] = useState<GuideState>({ status: 'loading' });
  useEffect(() => {
    if (!wanted) return undefined;
    const guide: Guide = startGuide({
      onReady: () => {
        setState({ status: 'ready', look: (frame) => guide.look(frame) });
      },
      onLost: () => {
        setState({ status: 'lost' });
      },
    });
    return () => {
      guide.stop();
      setState({ status: 'loading' });
    };
  }, [wanted]);
  return state;
}
