import { ApiFailure } from '../api/failure';
import type { Words } from '../ui/words/en';

interface Explanation {
  readonly sentence: string;
  readonly reference: string | null;
  /** Until when to wait, by `performance.now()`. */
  readonly waitUntilMs: number | null;
}

/** Faults that the operator can look up by the id of the request. */
const FAULTS = new Set(['internal_error', 'store_unavailable', 'unexpected']);

/** Put a failure in the person's words; the server's own where there are none for its code. */
export function explain(error: Error, words: Words): Explanation {
  if (!(error instanceof ApiFailure)) {
    return { sentence: words.failure.otherwise, reference: null, waitUntilMs: null };
  }
  const narrower = error.detail === null ? undefined : words.codes[`${error.code}.${error.detail}`];
  const own = narrower ?? words.codes[error.code];
  const fromServer = error.status === null ? null : error.message;
  return {
    sentence: own ?? fromServer ?? words.failure.otherwise,
    reference: FAULTS.has(error.code) ? error.requestId : null,
    waitUntilMs: error.retryAtMs,
  };
}

/** The code of a failure; null for anything else. */
export function codeOf(error: Error | null): string | null {
  return error instanceof ApiFailure ? error.code : null;
}

/** An hour is the longest wait: who is told to wait it out, or is told no time, needs another way. */
const LONGEST_WAIT_S = 3_600;

/** Whether a face is as good as looked at no more, until another way in has been used. */
export function faceIsClosed(error: Error): boolean {
  if (!(error instanceof ApiFailure) || error.code !== 'too_many_attempts') return false;
  return error.retryAfterS === null || error.retryAfterS >= LONGEST_WAIT_S;
}
