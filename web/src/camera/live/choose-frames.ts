/** How many frames of a turn are sent, and how far apart: what the server takes, with a margin. */
export const FRAMES = {
  usual: 8,
  most: 10,
  leastGapMs: 60,
  mostGapMs: 380,
  mostGapDeg: 9,
} as const;

/** At what angle a head is straight, and which part of the farthest angle counts as far. */
const STRAIGHT_DEG = 5;
const FAR_SHARE = 0.85;

/** How far a head was turned at some time, degrees in the direction that was asked for. */
export interface Turned {
  readonly tMs: number;
  readonly deg: number;
}

interface Filmed {
  readonly timesMs: readonly number[];
  readonly degrees: readonly number[];
}

/**
 * Choose the frames that show a turn: the last straight one, some on the way, three at the farthest,
 * some on the way back, the first straight one. `timesMs` are all that were taken, `seen` the angles
 * that were measured meanwhile. Returns indices, at most `most` of them.
 */
export function chooseTurn(
  timesMs: readonly number[],
  seen: readonly Turned[],
  most: number,
): readonly number[] {
  if (seen.length === 0) return chooseEvenly(timesMs, most);
  const degrees = timesMs.map((tMs) => degAt(tMs, seen));
  const peak = degrees.indexOf(Math.max(...degrees));
  const first = lastBefore(degrees, peak);
  const last = firstAfter(degrees, peak);
  const far = indices(first, last).filter((i) => degrees[i]! >= FAR_SHARE * degrees[peak]!);
  const middle = far[Math.floor(far.length / 2)] ?? peak;
  const wanted = [first, last, middle, far[0] ?? peak, far.at(-1) ?? peak];
  const chosen = wanted.reduce<readonly number[]>(
    (sofar, i) => (fits(i, sofar, timesMs) ? [...sofar, i] : sofar),
    [],
  );
  const whole = indices(first, last);
  const best = filled(chosen, whole, { timesMs, degrees, most });
  const [from, to] = longestGap(best, timesMs);
  if (timesMs[to]! - timesMs[from]! <= FRAMES.mostGapMs) return best;
  // A slow turn in few frames: no gap in time is worth more than where the frames are.
  return chooseEvenly(
    whole.map((i) => timesMs[i]!),
    most,
  ).map((i) => first + i);
}

/** Choose this many frames, as evenly apart in time as can be; fewer where there are fewer. */
export function chooseEvenly(timesMs: readonly number[], count: number): readonly number[] {
  const last = timesMs.length - 1;
  if (last < 1) return indices(0, last);
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

/** Add what splits the largest gap, until there are as many as usual and no gap is too large. */
function filled(
  start: readonly number[],
  all: readonly number[],
  { timesMs, degrees, most }: Filmed & { readonly most: number },
): readonly number[] {
  /** How far apart two frames are, in time or in angle: 1 is as far as may be. */
  const apart = (i: number, j: number) =>
    Math.max(
      Math.abs(timesMs[i]! - timesMs[j]!) / FRAMES.mostGapMs,
      Math.abs(degrees[i]! - degrees[j]!) / FRAMES.mostGapDeg,
    );
  let chosen = [...start].sort((a, b) => a - b);
  const alone = (i: number) => Math.min(...chosen.map((other) => apart(i, other)));
  for (;;) {
    const gaps = chosen.slice(1).map((i, k) => apart(i, chosen[k]!));
    const enough = chosen.length >= FRAMES.usual && Math.max(...gaps) <= 1;
    if (enough || chosen.length >= most) return chosen;
    const room = all.filter((i) => fits(i, chosen, timesMs));
    if (room.length === 0) return chosen;
    // First what the server would refuse for its gaps in time, then what is merely far apart.
    const inGap = insideOf(longestGap(chosen, timesMs), room, timesMs);
    const next = inGap ?? room.reduce((best, i) => (alone(i) > alone(best) ? i : best));
    chosen = [...chosen, next].sort((a, b) => a - b);
  }
}

/** The two chosen frames with the longest time between them. */
function longestGap(chosen: readonly number[], timesMs: readonly number[]): [number, number] {
  const pairs = chosen.slice(1).map((later, k): [number, number] => [chosen[k]!, later]);
  const lasts = ([from, to]: [number, number]) => timesMs[to]! - timesMs[from]!;
  return pairs.reduce(
    (longest, pair) => (lasts(pair) > lasts(longest) ? pair : longest),
    [chosen[0]!, chosen[0]!],
  );
}

/** The frame nearest to the middle of a gap that is too long; undefined for others, or for none. */
function insideOf(
  [from, to]: [number, number],
  room: readonly number[],
  timesMs: readonly number[],
): number | undefined {
  if (timesMs[to]! - timesMs[from]! <= FRAMES.mostGapMs) return undefined;
  const off = (i: number) => Math.abs(timesMs[i]! - (timesMs[from]! + timesMs[to]!) / 2);
  return room.filter((i) => i > from && i < to).sort((a, b) => off(a) - off(b))[0];
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

function indices(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => from + k);
}
