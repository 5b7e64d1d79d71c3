import { ApiFailure } from '../../api/failure';
import type { SignUpEvent } from './sign-up-flow';

/** Say which step of signing up a failed registration leads back to. */
export function refusalEvent(
  error: Error,
): Extract<SignUpEvent, { type: 'details_refused' | 'notice_changed' | 'face_refused' }> {
  if (!(error instanceof ApiFailure)) return { type: 'face_refused' };
  switch (error.code) {
    case 'username_taken':
      return { type: 'details_refused', problems: { username: 'taken' } };
    case 'email_taken':
      return { type: 'details_refused', problems: { email: 'taken' } };
    case 'consent_required':
    case 'consent_outdated':
      return { type: 'notice_changed' };
    case 'invalid_request': {
      const wrong = (['email', 'username'] as const).filter((field) => field in error.fields);
      const problems = Object.fromEntries(wrong.map((field) => [field, 'wrong']));
      return wrong.length > 0 ? { type: 'details_refused', problems } : { type: 'face_refused' };
    }
    default:
      return { type: 'face_refused' };
  }
}
