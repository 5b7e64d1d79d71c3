import type { CameraWords } from '../camera-words';
import type { Direction } from './step';

/** What a live capture says beyond what any camera does. */
export interface LiveWords {
  readonly start: string;
  readonly ready: string;
  /** What will be asked for, and how long it takes. */
  readonly previewed: string;
  readonly longerTime: string;
  readonly cancel: string;
  readonly turnOf: (turn: number, turns: number) => string;
  readonly centre: string;
  readonly turn: Readonly<Record<Direction, string>>;
  readonly back: string;
  readonly otherWay: string;
  readonly flash: string;
  /** Why a turn is asked for once more, by the server's code. */
  readonly again: Readonly<Record<string, string>>;
  readonly againOtherwise: string;
  readonly noFlash: string;
}

export type LiveCameraWords = CameraWords & { readonly live: LiveWords };
