import { AxiosError, AxiosHeaders, CanceledError } from 'axios';
import type { components } from './schema';

type ErrorBody = components['schemas']['Error'];

/** Codes of the page's own, for answers that never came or made no sense. */
export type OwnCode = 'offline' | 'timed_out' | 'cancelled' | 'unexpected';

/** A request that was refused or that failed: a stable code, and what the answer said about it. */
export class ApiFailure extends Error {
  readonly code: string;
  /** What narrows the code down, as `lift_chin` does `face_turned_away`. */
  readonly detail: string | null;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterS: number | null;
  /** When the wait is over, by the clock of `performance.now()`; null where there is none. */
  readonly retryAtMs: number | null;

  constructor(
    code: string,
    {
      message = code,
      detail = null,
      status = null,
      requestId = null,
      fields = {},
      retryAfterS = null,
      cause,
    }: {
      message?: string;
      detail?: string | null;
      status?: number | null;
      requestId?: string | null;
      fields?: Readonly<Record<string, string>>;
      retryAfterS?: number | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause });
    this.name = 'ApiFailure';
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    this.fields = fields;
    this.retryAfterS = retryAfterS;
    this.retryAtMs = retryAfterS === null ? null : performance.now() + retryAfterS * 1000;
  }
}

/** Turn whatever a request threw into an ApiFailure. */
export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  if (error instanceof CanceledError) return new ApiFailure('cancelled', { cause: error });
  if (!(error instanceof AxiosError)) return new ApiFailure('unexpected', { cause: error });
  if (error.response) return fromAnswer(error);
  const late = error.code === AxiosError.ECONNABORTED || error.code === AxiosError.ETIMEDOUT;
  return new ApiFailure(late ? 'timed_out' : 'offline', { cause: error });
}

function fromAnswer(error: AxiosError): ApiFailure {
  const { status, data, headers } = error.response!;
  const retryAfter = AxiosHeaders.from(headers as Record<string, string>).get('Retry-After');
  const fromHeader = wholeSeconds(retryAfter);
  if (!isErrorBody(data)) {
    return new ApiFailure(codeOfStatus(status), {
      status,
      retryAfterS: fromHeader,
      cause: error,
    });
  }
  return new ApiFailure(data.code, {
    message: data.message,
    detail: data.detail ?? null,
    status,
    requestId: data.request_id,
    fields: data.fields ?? {},
    retryAfterS: data.retry_after_s ?? fromHeader,
    cause: error,
  });
}

/** What an answer means that did not come from facelogin itself, but from a proxy before it. */
function codeOfStatus(status: number): string {
  if (status === 401) return 'session_required';
  if (status === 404) return 'not_found';
  if (status === 413) return 'body_too_large';
  if (status === 429) return 'too_many_attempts';
  if (status === 502 || status === 503 || status === 504) return 'busy';
  return status >= 500 ? 'internal_error' : 'unexpected';
}

function wholeSeconds(header: unknown): number | null {
  const seconds = typeof header === 'string' ? Number.parseInt(header, 10) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

function isErrorBody(data: unknown): data is ErrorBody {
  return (
    typeof data === 'object' &&
    data !== null &&
    typeof (data as Partial<ErrorBody>).code === 'string' &&
    typeof (data as Partial<ErrorBody>).message === 'string'
  );
}
