import { hint, REQUIRED, WISH_MS, WISHED, type Hint, type Limits } from '../hint';
import type { View } from '../view';

/** Narrower faces have eyes too close together for a turn to be measured. */
const LEAST_WIDTH = 0.36;
/** How straight a person is asked to look at first, degrees. */
const STRAIGHT_DEG = 12;

/** A live look is one of many frames, and its server minds no movement. */
const LIVE = { leastWidth: LEAST_WIDTH, mostSpeed: Infinity };
const WISHED_LIVE: Limits = {
  ...WISHED,
  ...LIVE,
  mostYawDeg: STRAIGHT_DEG,
  mostPitchDeg: STRAIGHT_DEG,
};
const REQUIRED_LIVE: Limits = { ...REQUIRED, ...LIVE };

/** Say what the person should do before the capture, and while looking straight in it. */
export function liveHint(view: View, elapsedMs: number): Hint {
  return hint(view, null, 'straight', elapsedMs > WISH_MS ? REQUIRED_LIVE : WISHED_LIVE);
}
