import { turnOf, type LiveState } from './live-flow';
import type { LiveCameraWords } from './live-words';

interface Sentences {
  /** What the step asks for: shown at once and said at once. */
  readonly asked: string | null;
  /** Hints, where no step asks for anything: for the eye, and for the ear. */
  readonly seen: string;
  readonly spoken: string;
}

/** Return what there is to say in a state of the capture. */
export function sentences(state: LiveState, unguided: boolean, words: LiveCameraWords): Sentences {
  if (state.step === 'performing') return { asked: askedFor(state, words), seen: '', spoken: '' };
  const said = hintOf(state, unguided, words);
  return { asked: null, seen: said, spoken: said };
}

function hintOf(state: LiveState, unguided: boolean, words: LiveCameraWords): string {
  if (state.step === 'finding') {
    if (unguided) return words.live.ready;
    return words.hints[state.hint ?? 'loading'];
  }
  if (state.step === 'opening') return words.opening;
  return state.step === 'beginning' ? words.hints.good : words.checking;
}

function askedFor(
  { performance }: Extract<LiveState, { step: 'performing' }>,
  { live, hints }: LiveCameraWords,
): string {
  const { step, code, hint } = performance;
  const turning = turnOf(performance);
  if (step.type === 'flash') return live.flash;
  if (!turning || !step.direction) return hint && hint !== 'good' ? hints[hint] : live.centre;
  if (turning.phase !== 'out') return live.back;
  if (turning.astray) return live.otherWay;
  const asked = live.turn[step.direction];
  return code === null ? asked : `${live.again[code] ?? live.againOtherwise} ${asked}`;
}
