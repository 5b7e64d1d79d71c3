import { expect, it } from 'vitest';
import { framing } from './film';

it.each([
  ['a wide picture', [1280, 720], { x: 160, y: 0, width: 960, height: 720 }, [640, 480]],
  ['a tall picture', [720, 1280], { x: 0, y: 160, width: 720, height: 960 }, [480, 640]],
  ['a small picture', [320, 240], { x: 0, y: 0, width: 320, height: 240 }, [320, 240]],
] as const)(
  '%s is sent from its middle, no larger than needed',
  (_what, [width, height], part, sent) => {
    const { scale, ...cut } = framing(width, height);
    expect(cut).toEqual(part);
    expect([cut.width * scale, cut.height * scale]).toEqual(sent);
  },
);
