import { ApiFailure } from '../../api/failure';
import type { DetailsProblems, SignUpEvent } from './sign-up-flow';

const FIELDS = ['email', 'username'] as const;

/** Say what is wrong with which field, as the server found it; nothing where it is not the fields. */
export function problemsIn(error: Error): DetailsProblems {
  if (!(error instanceof ApiFailure)) return {};
  const { code, fields } = error;
  const taken = code === 'username_taken' || code === 'email_taken';
  if (!taken && code !== 'invalid_request') return {};
  const named = FIELDS.filter((field) => field in fields || code === `${field}_taken`);
  return Object.fromEntries(named.map((field) => [field, taken ? 'taken' : 'wrong']));
}

/** Say which step of signing up a failed registration leads back to. */
export function refusalEvent(
  error: Error,
): Extract<SignUpEvent, { type: 'details_refused' | 'notice_changed' | 'face_refused' }> {
  const code = error instanceof ApiFailure ? error.code : null;
  if (code === 'consent_required' || code === 'consent_outdated') return { type: 'notice_changed' };
  const problems = problemsIn(error);
  return Object.keys(problems).length > 0
    ? { type: 'details_refused', problems }
    : { type: 'face_refused' };
}
