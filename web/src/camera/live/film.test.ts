import { afterEach, describe, expect, it, vi } from 'vitest';
import { Film, framing, thinned } from './film';

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

describe('the frames that are kept of a step', () => {
  /** Frames every 85 ms, for so long. */
  const filmed = (endMs: number) => {
    let film: readonly { atMs: number }[] = [];
    for (let atMs = 0; atMs <= endMs; atMs += 85) film = thinned([...film, { atMs }]);
    return film;
  };

  it('are all of a usual step', () => {
    expect(filmed(8000)).toHaveLength(Math.floor(8000 / 85) + 1);
  });

  it('are bounded, reach over the whole step, and have no gap that is refused', () => {
    const film = filmed(24_000);
    const gaps = film.slice(1).map(({ atMs }, i) => atMs - film[i]!.atMs);
    expect(film.length).toBeLessThanOrEqual(120);
    expect(film[0]!.atMs).toBeLessThanOrEqual(85);
    expect(film.at(-1)!.atMs).toBeGreaterThan(23_900);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(400);
  });
});

describe('encoding', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('drops frames while too many wait for a slow encoder', async () => {
    const waiting: BlobCallback[] = [];
    vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => {
      waiting.push(done);
    });
    const film = new Film();
    const pending: Promise<Blob | null>[] = [];
    while (film.free) pending.push(film.encode(0));
    expect(pending).toHaveLength(4);
    waiting[0]!(new Blob(['jpeg']));
    expect(await pending[0]).not.toBeNull();
    expect(film.free).toBe(true);
  });

  it('is coarser late in a long step', async () => {
    const qualities: unknown[] = [];
    vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done, _type, quality) => {
      qualities.push(quality);
      done(new Blob(['jpeg']));
    });
    const film = new Film();
    await film.encode(1000);
    await film.encode(6000);
    expect(qualities[1]).toBeLessThan(qualities[0] as number);
  });
});
