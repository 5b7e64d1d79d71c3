/** How many frames of a turn are sent, and how far apart: what the server takes, with a margin. */
export const FRAMES = {
  /** As many as a quick turn needs. */
  usual: 8,
  leastGapMs: 60,
  mostGapMs: 380,
  mostGapDeg: 9,
} as const;

/** At what angle a head is straight, and which part of the farthest angle counts as far. */
const STRAIGHT_DEG = 5;
const FAR_SHARE = 0.85;
/** The less a head moves within a gap, degrees, the longer it may be: so many times as long. */
const STILL_DEG = 2.5;
const STILL_GAPS = 4;
const SLOW_DEG = 8;
const SLOW_GAPS = 2.4;
/**
 * How the gaps grow where frames are few: up to 1 in time and angle alike, up to `anglesTo` in angle
 * only, up to `stillTo` while the head is slow or still, then everywhere.
 */
const GROWTH = { anglesTo: 4, stillTo: 4 + STILL_GAPS, most: 64 } as const;
const HALVINGS = 24;

/** How far a head was turned at some time, degrees in the direction that was asked for. */
export interface Turned {
  readonly tMs: number;
  readonly deg: number;
}

interface Filmed {
  readonly timesMs: readonly number[];
  readonly degrees: readonly number[];
}

/** How many frames there have to be, and may be. */
export interface Count {
  readonly least: number;
  readonly most: number;
}

/**
 * Choose the frames that show a turn: the last straight one, some on the way, three at the farthest,
 * some on the way back, the first straight one. `timesMs` are all that were taken, `seen` the angles
 * that were measured meanwhile. Returns indices, in order: as few as a quick turn needs, more the
 * longer it lasts. Where the turn itself has too few, some from before and after it.
 */
export function chooseTurn(
  timesMs: readonly number[],
  seen: readonly Turned[],
  { least, most }: Count,
): readonly number[] {
  if (seen.length === 0) return chooseEvenly(timesMs, most);
  const degrees = timesMs.map((tMs) => degAt(tMs, seen));
  const peak = degrees.indexOf(Math.max(...degrees));
  const first = lastBefore(degrees, peak);
  const last = firstAfter(degrees, peak);
  const far = indices(first, last).filter((i) => degrees[i]! >= FAR_SHARE * degrees[peak]!);
  const middle = far[Math.floor(far.length / 2)] ?? peak;
  const film = { timesMs, degrees };
  const landmarks = apart([first, last, middle, far[0] ?? peak, far.at(-1) ?? peak], timesMs);
  const full = filled(landmarks.slice(0, most), film, most);
  const sparse = filled(apart([first, last, middle], timesMs), film, most);
  const chosen = longestMove(full, film) <= longestMove(sparse, film) ? full : sparse;
  return widened(chosen, timesMs, least);
}

/** Those frames that are apart enough from the ones before, in order. */
function apart(wanted: readonly number[], timesMs: readonly number[]): readonly number[] {
  return inOrder(
    wanted.reduce<number[]>((sofar, i) => (fits(i, sofar, timesMs) ? [...sofar, i] : sofar), []),
  );
}

/** The longest gap, as far as the server minds: of those in which a head is calm, a part. */
function longestMove(chosen: readonly number[], { timesMs, degrees }: Filmed): number {
  return chosen.slice(1).reduce((longest, i, k) => {
    const between = degrees.slice(chosen[k], i + 1);
    const lastsMs = timesMs[i]! - timesMs[chosen[k]!]!;
    const calm = calmness(Math.max(...between) - Math.min(...between));
    return Math.max(longest, lastsMs / calm);
  }, FRAMES.mostGapMs);
}

/** Choose this many frames, as evenly apart in time as can be; fewer where there are fewer. */
export function chooseEvenly(timesMs: readonly number[], count: number): readonly number[] {
  const last = timesMs.length - 1;
  if (last < 1 || count < 2) return indices(0, last).slice(0, count);
  const span = timesMs[last]! - timesMs[0]!;
  const chosen: number[] = [];
  for (let k = 0; k < count; k += 1) {
    const atMs = timesMs[0]! + (span * k) / (count - 1);
    const nearest = indices(0, last).reduce((best, i) =>
      Math.abs(timesMs[i]! - atMs) < Math.abs(timesMs[best]! - atMs) ? i : best,
    );
    if (fits(nearest, chosen, timesMs)) chosen.push(nearest);
  }
  return chosen;
}

/** Choose one frame for each slot of a flash: the last one in it, when the light has settled. */
export function chooseOfSlots(
  timesMs: readonly number[],
  slots: number,
  slotMs: number,
): readonly number[] {
  return indices(0, slots - 1).flatMap((slot) => {
    const inside = indices(0, timesMs.length - 1).filter(
      (i) => timesMs[i]! >= (slot + 0.4) * slotMs && timesMs[i]! < (slot + 0.96) * slotMs,
    );
    return inside.slice(-1);
  });
}

/** Add frames between the landmarks: as many as usual, more only as long as a gap is too large. */
function filled(landmarks: readonly number[], film: Filmed, most: number): readonly number[] {
  const usual = Math.min(FRAMES.usual, most);
  const plain = withGaps(landmarks, film, 1);
  if (plain.length > usual && plain.length <= most) return plain;
  const room = plain.length > usual ? most : usual;
  let [enough, tooFew] = plain.length > usual ? [GROWTH.most, 1] : [1, 0];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const size = (enough + tooFew) / 2;
    if (withGaps(landmarks, film, size).length <= room) enough = size;
    else tooFew = size;
  }
  return split(withGaps(landmarks, film, enough), film.timesMs, room);
}

/** Split the longest gaps, as long as there is room and a frame inside of one. */
function split(
  chosen: readonly number[],
  timesMs: readonly number[],
  room: number,
): readonly number[] {
  if (chosen.length >= room) return chosen;
  const gapAt = (k: number) => timesMs[chosen[k + 1]!]! - timesMs[chosen[k]!]!;
  const insides = indices(0, chosen.length - 2)
    .sort((k, other) => gapAt(other) - gapAt(k))
    .map((k) => {
      const middleMs = (timesMs[chosen[k]!]! + timesMs[chosen[k + 1]!]!) / 2;
      const off = (i: number) => Math.abs(timesMs[i]! - middleMs);
      return indices(chosen[k]! + 1, chosen[k + 1]! - 1)
        .filter((i) => fits(i, chosen, timesMs))
        .sort((i, j) => off(i) - off(j))[0];
    });
  const next = insides.find((i) => i !== undefined);
  return next === undefined ? chosen : split(inOrder([...chosen, next]), timesMs, room);
}

/** Return the landmarks and, from each to the next, as few frames as gaps of that size allow. */
function withGaps(landmarks: readonly number[], film: Filmed, size: number): readonly number[] {
  const { timesMs } = film;
  const chosen = landmarks.slice(0, 1);
  for (const landmark of landmarks.slice(1)) {
    for (;;) {
      const from = chosen.at(-1)!;
      const next = indices(from + 1, landmark)
        .filter((i) => spans(from, i, film, size))
        .at(-1);
      const inTime = (i: number) =>
        timesMs[i]! - timesMs[from]! >= FRAMES.leastGapMs &&
        timesMs[landmark]! - timesMs[i]! >= FRAMES.leastGapMs;
      // Where no frame is near enough, the nearest one has to do.
      const nearest = indices(from + 1, landmark - 1).find(inTime) ?? landmark;
      const step = next !== undefined && (next === landmark || inTime(next)) ? next : nearest;
      chosen.push(step);
      if (step === landmark) break;
    }
  }
  return chosen;
}

/** Whether nothing is missed between two frames, where gaps are of that size. */
function spans(from: number, to: number, { timesMs, degrees }: Filmed, size: number): boolean {
  const between = degrees.slice(from, to + 1);
  const moved = Math.max(...between) - Math.min(...between);
  const lastsMs = timesMs[to]! - timesMs[from]!;
  const { anglesTo, stillTo } = GROWTH;
  const mayMove = size > anglesTo ? Infinity : size * FRAMES.mostGapDeg;
  const calm = Math.min(calmness(moved), Math.max(1, Math.min(size, stillTo) - anglesTo));
  const mayLast = size < 1 ? size : calm * Math.max(1, size / stillTo);
  return moved <= mayMove && lastsMs <= mayLast * FRAMES.mostGapMs;
}

/** How many times as long a gap may be in which a head moves so far. */
function calmness(movedDeg: number): number {
  if (movedDeg <= STILL_DEG) return STILL_GAPS;
  return movedDeg <= SLOW_DEG ? SLOW_GAPS : 1;
}

/** Add the frames next to these, after them and before them by turns, until there are enough. */
function widened(
  chosen: readonly number[],
  timesMs: readonly number[],
  least: number,
): readonly number[] {
  const room = (all: readonly number[], sofar: readonly number[]) =>
    all.find((i) => fits(i, sofar, timesMs));
  let wide = chosen;
  while (wide.length < least) {
    const between = room(indices(wide[0]!, wide.at(-1)!), wide);
    const after = room(indices(wide.at(-1)! + 1, timesMs.length - 1), wide);
    const before = room(indices(0, wide[0]! - 1).reverse(), wide);
    const more = between ?? after ?? before;
    if (more === undefined) break;
    wide = inOrder([...wide, more]);
  }
  return wide;
}

function inOrder(chosen: readonly number[]): readonly number[] {
  return [...chosen].sort((a, b) => a - b);
}

function fits(i: number, chosen: readonly number[], timesMs: readonly number[]): boolean {
  return chosen.every((other) => Math.abs(timesMs[i]! - timesMs[other]!) >= FRAMES.leastGapMs);
}

/** The angle at some time, between the two that were measured around it. */
function degAt(tMs: number, seen: readonly Turned[]): number {
  const after = seen.findIndex((one) => one.tMs >= tMs);
  if (after === -1) return seen.at(-1)!.deg;
  if (after === 0) return seen[0]!.deg;
  const [one, other] = [seen[after - 1]!, seen[after]!];
  const part = (tMs - one.tMs) / (other.tMs - one.tMs);
  return one.deg + part * (other.deg - one.deg);
}

function lastBefore(degrees: readonly number[], peak: number): number {
  for (let i = peak; i > 0; i -= 1) if (degrees[i]! <= STRAIGHT_DEG) return i;
  return 0;
}

function firstAfter(degrees: readonly number[], peak: number): number {
  const found = degrees.findIndex((deg, i) => i > peak && deg <= STRAIGHT_DEG);
  return found === -1 ? degrees.length - 1 : found;
}

function indices(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => from + k);
}
