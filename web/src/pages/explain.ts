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
