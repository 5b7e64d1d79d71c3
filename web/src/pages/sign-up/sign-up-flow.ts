import type { Proof } from '../../api/client';
import type { Draft } from './draft';

export type Step = 'details' | 'consent' | 'face' | 'codes';

export const STEPS: readonly Step[] = ['details', 'consent', 'face', 'codes'];

export interface Details {
  readonly email: string;
  readonly username: string;
}

/** Which field is wrong, and why; the words for it are found by the page. */
export type DetailsProblem = 'missing' | 'wrong' | 'taken';
export type DetailsProblems = Readonly<Partial<Record<keyof Details, DetailsProblem>>>;

/** Who has been registered, and their recovery codes until they are kept. */
export interface Registered {
  readonly username: string;
  readonly codes: readonly string[];
}

/** What has been filled in so far. The step itself is in the address, so that Back works. */
export interface SignUpState {
  readonly details: Details;
  readonly problems: DetailsProblems;
  /** How often details were refused. */
  readonly refusals: number;
  /** The server has found nothing wrong with these details. */
  readonly checked: boolean;
  /** The version of the notice that was agreed to. */
  readonly consent: string | null;
  /** The notice changed after it was agreed to. */
  readonly noticeChanged: boolean;
  /** A face that was shown, while something else was wrong: it need not be shown again. */
  readonly proof: Proof | null;
  readonly registered: Registered | null;
}

export type SignUpEvent =
  | { readonly type: 'typed'; readonly field: keyof Details; readonly text: string }
  | { readonly type: 'filled'; readonly details: Details }
  | { readonly type: 'agreed'; readonly version: string }
  | { readonly type: 'looked'; readonly proof: Proof }
  | { readonly type: 'details_refused'; readonly problems: DetailsProblems }
  | { readonly type: 'notice_changed' }
  | { readonly type: 'face_refused' }
  | { readonly type: 'registered'; readonly codes: readonly string[] };

export const EMPTY: SignUpState = {
  details: { email: '', username: '' },
  problems: {},
  refusals: 0,
  checked: false,
  consent: null,
  noticeChanged: false,
  proof: null,
  registered: null,
};

/** Go on with what was filled in before the page was loaded again. */
export const resumed = (draft: Draft | null): SignUpState => ({ ...EMPTY, ...draft });

export const trimmed = ({ email, username }: Details): Details => ({
  email: email.trim(),
  username: username.trim(),
});

const USERNAME = /^[\p{L}\p{M}\p{N}._-]{3,32}$/u;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/;

/** Say what is wrong with the details, as far as a browser can tell. The server has the last word. */
export function problemsOf({ email, username }: Details): DetailsProblems {
  return {
    ...problemOf('email', email, EMAIL),
    ...problemOf('username', username.normalize('NFKC'), USERNAME),
  };
}

function problemOf(field: keyof Details, text: string, form: RegExp): DetailsProblems {
  if (text === '') return { [field]: 'missing' };
  return form.test(text) ? {} : { [field]: 'wrong' };
}

export function signUpReducer(state: SignUpState, event: SignUpEvent): SignUpState {
  switch (event.type) {
    case 'typed': {
      const { [event.field]: _solved, ...problems } = state.problems;
      const details = { ...state.details, [event.field]: event.text };
      return { ...state, details, problems, checked: false };
    }
    case 'filled':
      return { ...state, details: trimmed(event.details), problems: {}, checked: true };
    case 'agreed':
      return { ...state, consent: event.version, noticeChanged: false };
    case 'looked':
      return { ...state, proof: event.proof };
    case 'details_refused':
      return {
        ...state,
        problems: event.problems,
        refusals: state.refusals + 1,
        checked: false,
      };
    case 'notice_changed':
      return { ...state, consent: null, noticeChanged: true };
    case 'face_refused':
      return { ...state, proof: null };
    case 'registered':
      return { ...EMPTY, registered: { username: state.details.username, codes: event.codes } };
  }
}

/** Return the step to show: the one in the address, or the last before it that can be shown. */
export function reachableStep(state: SignUpState, wanted: string | null): Step {
  if (state.registered !== null) return 'codes';
  const complete = Object.keys(problemsOf(state.details)).length === 0;
  if (!complete || !state.checked || (wanted !== 'consent' && wanted !== 'face')) return 'details';
  return wanted === 'face' && state.consent !== null ? 'face' : 'consent';
}
