import type { Direction } from './step';

/** Degrees as the server counts them; see `SeenFace`. */
export interface Pose {
  readonly yawDeg: number;
  readonly pitchDeg: number;
}

export interface TimedPose extends Pose {
  readonly atMs: number;
}

/** How far people are guided: past what the server asks for, for the two measure differently. */
export const TURN = {
  farDeg: { sideways: 24, upright: 16 },
  enoughDeg: { sideways: 20, upright: 13.5 },
  backDeg: 5,
  /** The other way a head may be off when it is back: the server takes 8. */
  offDeg: 7,
  astrayDeg: 10,
} as const;

/** How a turn goes on: there, back again, done. `share` is how much of this part is done. */
export interface Turning {
  readonly phase: 'out' | 'back' | 'done';
  readonly share: number;
  /** The head goes another way. */
  readonly astray: boolean;
  /** Which way to move the head that is nearly back, but not straight; null for none. */
  readonly off: Direction | null;
}

const OPPOSITE = { left: 'right', right: 'left', up: 'down', down: 'up' } as const;

/** Return how far a pose is turned that way, degrees; negative the other way. */
export function towards(pose: Pose, baseline: Pose, direction: Direction): number {
  const yaw = pose.yawDeg - baseline.yawDeg;
  const pitch = pose.pitchDeg - baseline.pitchDeg;
  return { left: yaw, right: -yaw, up: pitch, down: -pitch }[direction];
}

/** Return what the poses so far say of a turn. */
export function turning(poses: readonly Pose[], baseline: Pose, direction: Direction): Turning {
  const degrees = poses.map((pose) => towards(pose, baseline, direction));
  const most = Math.max(0, ...degrees);
  const now = degrees.at(-1) ?? 0;
  const far = TURN.farDeg[axisOf(direction)];
  if (most >= TURN.enoughDeg[axisOf(direction)] && Math.abs(now) <= TURN.backDeg) {
    const off = offOf(poses.at(-1)!, baseline, direction);
    return { phase: off ? 'back' : 'done', share: 1, astray: false, off };
  }
  if (most >= far) return { phase: 'back', share: clamp(1 - now / most), astray: false, off: null };
  const astray = isAstray(poses, baseline, direction);
  return { phase: 'out', share: clamp(now / far), astray, off: null };
}

/** Return which way a head has to go that is not straight across the turn. */
function offOf(pose: Pose, baseline: Pose, direction: Direction): Direction | null {
  const across =
    axisOf(direction) === 'sideways' ? (['up', 'down'] as const) : (['left', 'right'] as const);
  const wrong = across.find((other) => towards(pose, baseline, other) > TURN.offDeg);
  return wrong ? OPPOSITE[wrong] : null;
}

/** Return the pose in the middle of these, axis by axis; null where there is none. */
export function medianPose(poses: readonly Pose[]): Pose | null {
  if (poses.length === 0) return null;
  return {
    yawDeg: median(poses.map(({ yawDeg }) => yawDeg)),
    pitchDeg: median(poses.map(({ pitchDeg }) => pitchDeg)),
  };
}

function isAstray(poses: readonly Pose[], baseline: Pose, direction: Direction): boolean {
  const now = poses.at(-1);
  if (!now) return false;
  return (['left', 'right', 'up', 'down'] as const).some(
    (other) => other !== direction && towards(now, baseline, other) > TURN.astrayDeg,
  );
}

function axisOf(direction: Direction): 'sideways' | 'upright' {
  return direction === 'left' || direction === 'right' ? 'sideways' : 'upright';
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
