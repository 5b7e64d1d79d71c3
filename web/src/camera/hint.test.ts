import { describe, expect, it } from 'vitest';
import { hint, LIMITS } from './hint';
import type { SeenFace, View } from './view';

const FACE: SeenFace = { offX: 0, offY: 0, width: 0.5, luma: 120, yawDeg: 0, pitchDeg: 0 };

function view(face: Partial<SeenFace> | null, { faces = 1, atMs = 100 } = {}): View {
  return face === null
    ? { atMs, faces: 0, face: null }
    : { atMs, faces, face: { ...FACE, ...face } };
}

describe('hint', () => {
  it.each([
    ['no_face', view(null)],
    ['several_faces', view({}, { faces: 2 })],
    ['too_far', view({ width: 0.15 })],
    ['too_close', view({ width: 1.2 })],
    ['off_centre', view({ offX: -0.4 })],
    ['off_centre', view({ offY: 0.4 })],
    ['too_dark', view({ luma: 20 })],
    ['too_bright', view({ luma: 240 })],
    ['look_straight', view({ yawDeg: 25 })],
    ['look_straight', view({ pitchDeg: -25 })],
    ['good', view({})],
  ] as const)('says %s', (expected, seen) => {
    expect(hint(seen, null)).toBe(expected);
  });

  it('asks to hold still while the face moves fast', () => {
    const before = view({ offX: -0.1 }, { atMs: 0 });
    expect(hint(view({ offX: 0.1 }, { atMs: 100 }), before)).toBe('hold_still');
  });

  it('finds the same way fine when it takes a second', () => {
    const before = view({ offX: -0.1 }, { atMs: 0 });
    expect(hint(view({ offX: 0.1 }, { atMs: 1000 }), before)).toBe('good');
  });

  it('does not divide by zero when two views have the same time', () => {
    expect(hint(view({ offX: 0.1 }), view({}))).toBe('good');
  });

  it('names several people before anything else about the nearest', () => {
    expect(hint(view({ width: 0.15, luma: 10 }, { faces: 3 }), null)).toBe('several_faces');
  });

  it.each([
    ['left', 0, 'turn_left'],
    ['left', 10, 'good'],
    ['left', -10, 'turn_left'],
    ['left', 30, 'look_straight'],
    ['right', 0, 'turn_right'],
    ['right', -10, 'good'],
    ['right', -30, 'look_straight'],
  ] as const)('for a head turned %s, finds a yaw of %i degrees: %s', (pose, yawDeg, expected) => {
    expect(hint(view({ yawDeg }), null, pose)).toBe(expected);
  });

  it('asks for no turn that the server would refuse', () => {
    expect(LIMITS.turnedYawDeg.to).toBeLessThan(25);
  });
});
