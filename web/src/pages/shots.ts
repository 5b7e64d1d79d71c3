import type { Shot } from '../camera/capture-flow';

const GLANCE: readonly Shot[] = [{ pose: 'straight', frames: 3 }];

const PORTRAITS: readonly Shot[] = [
  { pose: 'straight', frames: 1 },
  { pose: 'left', frames: 1 },
  { pose: 'right', frames: 1 },
];

/** Frames of one moment, averaged by the server: enough to recognise somebody. */
export function glance({ login }: { login: number }): readonly Shot[] {
  return GLANCE.map((shot) => ({ ...shot, frames: Math.min(shot.frames, login) }));
}

/** Frames of slightly different poses: what a template is made of. */
export function portraits({ register }: { register: number }): readonly Shot[] {
  return PORTRAITS.slice(0, register);
}
