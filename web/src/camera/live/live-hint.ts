import { hint, type Hint } from '../hint';
import type { View } from '../view';
import { STRAIGHT_DEG } from './live-flow';

/** Narrower faces have eyes too close together for a turn to be measured. */
const LEAST_WIDTH = 0.36;

/** Say what the person should do before the capture, and while looking straight in it. */
export function liveHint(view: View): Hint {
  const { face } = view;
  if (view.faces === 1 && face) {
    if (face.width < LEAST_WIDTH) return 'too_far';
    if (Math.max(Math.abs(face.yawDeg), Math.abs(face.pitchDeg)) > STRAIGHT_DEG) {
      const found = hint(view, null);
      return found === 'good' ? 'look_straight' : found;
    }
  }
  return hint(view, null);
}
