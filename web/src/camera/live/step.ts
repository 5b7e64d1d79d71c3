/** The person's own sides, as the server means them. */
export type Direction = 'left' | 'right' | 'up' | 'down';

/** What the server asks for, as it says it. */
export interface Step {
  readonly n: number;
  readonly type: 'centre' | 'turn' | 'flash';
  readonly direction?: Direction;
  readonly min_frames: number;
  readonly max_ms: number;
  /** How many frames of it may be sent. */
  readonly max_frames?: number;
  readonly colours?: readonly string[];
  readonly slot_ms?: number;
}

/** A frame of a step, and when it was taken after the step was shown. */
export interface StepFrame {
  readonly tMs: number;
  readonly jpeg: Blob;
}

/** What the server says to the frames of a step. */
export interface Answer {
  readonly status: 'continue' | 'repeat' | 'passed' | 'failed';
  readonly code?: string;
  /** What narrows the code down, if anything does. */
  readonly detail?: string;
  readonly step?: Step;
}

/** Why a capture ended without a word of the server: by the person, or for want of any frame. */
export type OwnEnd = 'cancelled' | 'frames_missing';
