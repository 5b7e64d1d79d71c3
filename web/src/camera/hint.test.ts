import { describe, expect, it } from 'vitest';
import { hint, limitsAt, REQUIRED, WISH_MS, WISHED } from './hint';
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
    ['turn_right', view({ yawDeg: 22 })],
    ['turn_left', view({ yawDeg: -22 })],
    ['lift_chin', view({ pitchDeg: -18 })],
    ['lower_chin', view({ pitchDeg: 18 })],
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
    ['left', 30, 'turn_right'],
    ['right', 0, 'turn_right'],
    ['right', -10, 'good'],
    ['right', -30, 'turn_left'],
  ] as const)('for a head turned %s, finds a yaw of %i degrees: %s', (pose, yawDeg, expected) => {
    expect(hint(view({ yawDeg }), null, pose)).toBe(expected);
  });

  it.each([
    { width: 0.15 },
    { offX: 0.35 },
    { luma: 30 },
    { luma: 225 },
    { yawDeg: 33 },
    { pitchDeg: -26 },
  ])('insists for long on nothing that the server takes: %j', (face) => {
    expect(hint(view(face), null, 'straight', limitsAt(WISH_MS))).not.toBe('good');
    expect(hint(view(face), null, 'straight', limitsAt(WISH_MS + 1))).toBe('good');
  });

  it('insists on what the server refuses', () => {
    expect(hint(view({ luma: 252 }), null, 'straight', REQUIRED)).toBe('too_bright');
    expect(hint(view({ pitchDeg: 31 }), null, 'straight', REQUIRED)).toBe('lower_chin');
    expect(hint(view({ width: 0.07 }), null, 'straight', REQUIRED)).toBe('too_far');
    expect(WISHED.mostLuma).toBeLessThan(REQUIRED.mostLuma);
  });
});
