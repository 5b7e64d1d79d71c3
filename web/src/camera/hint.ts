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
  | 'lift_chin'
  | 'lower_chin'
  | 'turn_left'
  | 'turn_right'
  | 'hold_still'
  | 'good';

/** How the head should be: `left` and `right` are the person's own, and only a little. */
export type Pose = 'straight' | 'left' | 'right';

export interface Limits {
  /** Of the face's box, in parts of the frame's shorter side. */
  readonly leastWidth: number;
  readonly mostWidth: number;
  readonly mostOffX: number;
  readonly mostOffY: number;
  readonly leastLuma: number;
  readonly mostLuma: number;
  readonly mostYawDeg: number;
  readonly mostPitchDeg: number;
  /** Face widths a second; more than that smears a frame taken indoors. */
  readonly mostSpeed: number;
}

/** What makes a good picture: asked for at first. */
export const WISHED: Limits = {
  leastWidth: 0.22,
  /** The box has a margin around the face, so a face that fills the frame is wider than 1. */
  mostWidth: 1.05,
  mostOffX: 0.24,
  mostOffY: 0.26,
  leastLuma: 50,
  mostLuma: 210,
  mostYawDeg: 18,
  mostPitchDeg: 16,
  mostSpeed: 0.6,
};

/**
 * What is insisted on, however long it takes: nothing that the server takes. Its limits are those of
 * `CapturePolicy`; light it judges by contrast to noise, so only what is black or white is told here.
 */
export const REQUIRED: Limits = {
  leastWidth: 0.09,
  mostWidth: 1.3,
  mostOffX: 0.45,
  mostOffY: 0.45,
  leastLuma: 12,
  mostLuma: 248,
  mostYawDeg: 35,
  mostPitchDeg: 28,
  mostSpeed: Infinity,
};

/** How long more is asked for than the server insists on. */
export const WISH_MS = 3_000;
const TURNED_YAW_DEG = { from: 5, to: 20 } as const;

/** Return what is asked of a view so long after the camera began to look. */
export function limitsAt(elapsedMs: number): Limits {
  return elapsedMs > WISH_MS ? REQUIRED : WISHED;
}

/** Say what the person should do next, the most useful thing first. */
export function hint(
  view: View,
  before: View | null,
  pose: Pose = 'straight',
  limits: Limits = WISHED,
): Hint {
  const { face } = view;
  if (!face || view.faces === 0) return 'no_face';
  if (view.faces > 1) return 'several_faces';
  if (face.width < limits.leastWidth) return 'too_far';
  if (face.width > limits.mostWidth) return 'too_close';
  if (Math.abs(face.offX) > limits.mostOffX || Math.abs(face.offY) > limits.mostOffY) {
    return 'off_centre';
  }
  if (face.luma < limits.leastLuma) return 'too_dark';
  if (face.luma > limits.mostLuma) return 'too_bright';
  if (face.pitchDeg < -limits.mostPitchDeg) return 'lift_chin';
  if (face.pitchDeg > limits.mostPitchDeg) return 'lower_chin';
  const turn = poseHint(face.yawDeg, pose, limits.mostYawDeg);
  if (turn) return turn;
  return speed(view, before) > limits.mostSpeed ? 'hold_still' : 'good';
}

/** `left` and `right` of a hint are the person's own; a nose turned to their left has to go right. */
function poseHint(yawDeg: number, pose: Pose, mostYawDeg: number): Hint | null {
  if (pose === 'straight') {
    if (Math.abs(yawDeg) <= mostYawDeg) return null;
    return yawDeg > 0 ? 'turn_right' : 'turn_left';
  }
  const [there, back] =
    pose === 'left'
      ? (['turn_left', 'turn_right'] as const)
      : (['turn_right', 'turn_left'] as const);
  const turned = pose === 'left' ? yawDeg : -yawDeg;
  if (turned < TURNED_YAW_DEG.from) return there;
  return turned > TURNED_YAW_DEG.to ? back : null;
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
