import { turnNumber, turnOf, TURNS, type LiveState } from './live-flow';
import type { LiveCameraWords } from './live-words';

/** The hint that says which way to move a head that is nearly straight. */
const MOVES = {
  left: 'turn_left',
  right: 'turn_right',
  up: 'lift_chin',
  down: 'lower_chin',
} as const;

interface Sentences {
  /** What the step asks for: shown at once and said at once. */
  readonly asked: string | null;
  /** Which turn it is, for the eye; null in any other step. */
  readonly count: string | null;
  /** The same for the ear: the number before what is asked for first. */
  readonly told: string | null;
  /** Hints, where no step asks for anything: for the eye, and for the ear. */
  readonly seen: string;
  readonly spoken: string;
}

/** Return what there is to say in a state of the capture. */
export function sentences(
  state: LiveState,
  { unguided, faceless }: { unguided: boolean; faceless: boolean },
  words: LiveCameraWords,
): Sentences {
  if (state.step === 'performing') {
    const asked = askedFor(state, words);
    const count = countOf(state, words);
    const first = turnOf(state.performance)?.phase === 'out';
    const told = count && first ? `${count}. ${asked}` : asked;
    return { asked, count, told, seen: '', spoken: '' };
  }
  const said = hintOf(state, { unguided, faceless }, words);
  return { asked: null, count: null, told: null, seen: said, spoken: said };
}

function hintOf(
  state: LiveState,
  { unguided, faceless }: { unguided: boolean; faceless: boolean },
  words: LiveCameraWords,
): string {
  if (state.step === 'finding') {
    if (unguided) return words.live.ready;
    return faceless ? words.noFaceFor : words.hints[state.hint ?? 'loading'];
  }
  if (state.step === 'opening') return words.opening;
  return state.step === 'beginning' ? words.hints.good : words.checking;
}

function countOf(
  { performance }: Extract<LiveState, { step: 'performing' }>,
  { live }: LiveCameraWords,
): string | null {
  const number = turnNumber(performance);
  return number === null ? null : live.turnOf(number, TURNS);
}

function askedFor(
  { performance }: Extract<LiveState, { step: 'performing' }>,
  { live, hints }: LiveCameraWords,
): string {
  const { step, code, hint } = performance;
  const turning = turnOf(performance);
  if (step.type === 'flash') return live.flash;
  if (!turning || !step.direction) return hint && hint !== 'good' ? hints[hint] : live.centre;
  if (turning.off) return hints[MOVES[turning.off]];
  if (turning.phase !== 'out') return live.back;
  if (turning.astray) return live.otherWay;
  const asked = live.turn[step.direction];
  return code === null ? asked : `${live.again[code] ?? live.againOtherwise} ${asked}`;
}
