export type Step = 'details' | 'consent' | 'face' | 'codes' | 'done';

/** The steps on the way; `done` is beyond them. */
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
  /** The version of the notice that was agreed to. */
  readonly consent: string | null;
  /** The notice changed after it was agreed to. */
  readonly noticeChanged: boolean;
  /** Pictures that were good, while something else was not: they need not be taken again. */
  readonly frames: readonly Blob[];
  readonly registered: Registered | null;
}

export type SignUpEvent =
  | { readonly type: 'filled'; readonly details: Details }
  | { readonly type: 'agreed'; readonly version: string }
  | { readonly type: 'looked'; readonly frames: readonly Blob[] }
  | { readonly type: 'details_refused'; readonly problems: DetailsProblems }
  | { readonly type: 'notice_changed' }
  | { readonly type: 'face_refused' }
  | { readonly type: 'registered'; readonly codes: readonly string[] }
  | { readonly type: 'kept' };

export const EMPTY: SignUpState = {
  details: { email: '', username: '' },
  problems: {},
  consent: null,
  noticeChanged: false,
  frames: [],
  registered: null,
};

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
    case 'filled': {
      const details = {
        email: event.details.email.trim(),
        username: event.details.username.trim(),
      };
      return { ...state, details, problems: problemsOf(details) };
    }
    case 'agreed':
      return { ...state, consent: event.version, noticeChanged: false };
    case 'looked':
      return { ...state, frames: event.frames };
    case 'details_refused':
      return { ...state, problems: event.problems };
    case 'notice_changed':
      return { ...state, consent: null, noticeChanged: true };
    case 'face_refused':
      return { ...state, frames: [] };
    case 'registered':
      return { ...EMPTY, registered: { username: state.details.username, codes: event.codes } };
    case 'kept':
      return { ...state, registered: state.registered && { ...state.registered, codes: [] } };
  }
}

/** Return the step to show: the one in the address, or the last before it that can be shown. */
export function reachableStep(state: SignUpState, wanted: string | null): Step {
  if (state.registered !== null) return state.registered.codes.length > 0 ? 'codes' : 'done';
  const complete = Object.keys(problemsOf(state.details)).length === 0;
  const detailsDone = complete && Object.keys(state.problems).length === 0;
  if (!detailsDone || (wanted !== 'consent' && wanted !== 'face')) return 'details';
  return wanted === 'face' && state.consent !== null ? 'face' : 'consent';
}
