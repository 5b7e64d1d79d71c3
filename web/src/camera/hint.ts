import type { View } from './view';

/** What would make the next frame better; `good` where nothing would. */
export type Hint =
  | 'no_face'
  | 'several_faces'
  | 'too_far'
  | 'too_close'
  | 'off_centre'
  | 'too_dark'
  | 'too_bright'
  | 'look_straight'
  | 'turn_left'
  | 'turn_right'
  | 'hold_still'
  | 'good';

/** How the head should be: `left` and `right` are the person's own, and only a little. */
export type Pose = 'straight' | 'left' | 'right';

export const LIMITS = {
  leastWidth: 0.22,
  /** The box has a margin around the face, so a face that fills the frame is wider than 1. */
  mostWidth: 1.05,
  mostOffX: 0.24,
  mostOffY: 0.26,
  leastLuma: 50,
  mostLuma: 212,
  straightYawDeg: 18,
  mostPitchDeg: 16,
  turnedYawDeg: { from: 5, to: 20 },
  /** Face widths a second; more than that smears a frame taken indoors. */
  mostSpeed: 0.6,
} as const;

/** Say what the person should do next, the most useful thing first. */
export function hint(view: View, before: View | null, pose: Pose = 'straight'): Hint {
  const { face } = view;
  if (!face || view.faces === 0) return 'no_face';
  if (view.faces > 1) return 'several_faces';
  if (face.width < LIMITS.leastWidth) return 'too_far';
  if (face.width > LIMITS.mostWidth) return 'too_close';
  if (Math.abs(face.offX) > LIMITS.mostOffX || Math.abs(face.offY) > LIMITS.mostOffY) {
    return 'off_centre';
  }
  if (face.luma < LIMITS.leastLuma) return 'too_dark';
  if (face.luma > LIMITS.mostLuma) return 'too_bright';
  if (Math.abs(face.pitchDeg) > LIMITS.mostPitchDeg) return 'look_straight';
  const turn = poseHint(face.yawDeg, pose);
  if (turn) return turn;
  return speed(view, before) > LIMITS.mostSpeed ? 'hold_still' : 'good';
}

function poseHint(yawDeg: number, pose: Pose): Hint | null {
  if (pose === 'straight') {
    return Math.abs(yawDeg) > LIMITS.straightYawDeg ? 'look_straight' : null;
  }
  const turned = pose === 'left' ? yawDeg : -yawDeg;
  if (turned < LIMITS.turnedYawDeg.from) return pose === 'left' ? 'turn_left' : 'turn_right';
  return turned > LIMITS.turnedYawDeg.to ? 'look_straight' : null;
}

/** Return how fast the face moves, in its own widths a second; 0 where that isn't known. */
function speed(view: View, before: View | null): number {
  if (!view.face || !before?.face) return 0;
  const seconds = (view.atMs - before.atMs) / 1000;
  if (seconds <= 0) return 0;
  const moved = Math.hypot(
    view.face.offX - before.face.offX,
    view.face.offY - before.face.offY,
    view.face.width - before.face.width,
  );
  return moved / view.face.width / seconds;
}
