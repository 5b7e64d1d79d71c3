import { describe, expect, it } from 'vitest';
import { medianPose, turning, type Pose } from './turn';

const STRAIGHT: Pose = { yawDeg: 2, pitchDeg: -1 };
const yaws = (...degrees: number[]) =>
  degrees.map((deg) => ({ yawDeg: STRAIGHT.yawDeg + deg, pitchDeg: STRAIGHT.pitchDeg }));
const pitches = (...degrees: number[]) =>
  degrees.map((deg) => ({ yawDeg: STRAIGHT.yawDeg, pitchDeg: STRAIGHT.pitchDeg + deg }));

describe('turning', () => {
  it('tells how far it is to the far side, from where the person looks straight', () => {
    expect(turning(yaws(0, 6, 12), STRAIGHT, 'left')).toEqual({
      phase: 'out',
      share: 0.5,
      astray: false,
      off: null,
    });
  });

  it.each([
    ['left', yaws(0, 25), 'back'],
    ['left', yaws(0, 23), 'out'],
    ['right', yaws(0, -25), 'back'],
    ['up', pitches(0, 17), 'back'],
    ['down', pitches(0, -17), 'back'],
    ['down', pitches(0, 17), 'out'],
    ['left', yaws(0, 25, 6), 'back'],
    ['left', yaws(0, 25, 4), 'done'],
    ['left', yaws(0, 21, 4), 'done'],
    ['left', yaws(0, 15, 4), 'out'],
    ['left', [], 'out'],
  ] as const)('%s by %j is %s', (direction, poses, phase) => {
    expect(turning(poses, STRAIGHT, direction).phase).toBe(phase);
  });

  it('tells when the head goes another way', () => {
    expect(turning(yaws(0, -12), STRAIGHT, 'left').astray).toBe(true);
    expect(turning(pitches(0, 12), STRAIGHT, 'left').astray).toBe(true);
    expect(turning(yaws(0, -8), STRAIGHT, 'left').astray).toBe(false);
  });
});

it('a head that is back but off the other way is told where to move', () => {
  const back = (yawDeg: number, pitchDeg: number) =>
    turning(
      [
        ...yaws(0, 26),
        { yawDeg: STRAIGHT.yawDeg + yawDeg, pitchDeg: STRAIGHT.pitchDeg + pitchDeg },
      ],
      STRAIGHT,
      'left',
    );
  expect(back(2, -9)).toMatchObject({ phase: 'back', off: 'up' });
  expect(back(2, 9)).toMatchObject({ phase: 'back', off: 'down' });
  expect(back(2, 6)).toMatchObject({ phase: 'done', off: null });
});

it('the pose in the middle is not moved by one that is wrong', () => {
  expect(medianPose(yaws(0, 1, 40))).toEqual({ yawDeg: 3, pitchDeg: -1 });
  expect(medianPose([])).toBeNull();
});
