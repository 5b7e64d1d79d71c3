import { describe, expect, it } from 'vitest';
import {
  EMPTY,
  problemsOf,
  reachableStep,
  resumed,
  signUpReducer,
  type SignUpState,
} from './sign-up-flow';

const DETAILS = { email: 'ana@example.org', username: 'ana' };
const filled: SignUpState = signUpReducer(EMPTY, { type: 'filled', details: DETAILS });
const agreed: SignUpState = signUpReducer(filled, { type: 'agreed', version: 'n1' });

describe('problemsOf', () => {
  it.each([
    ['', 'missing'],
    ['ab', 'wrong'],
    ['a'.repeat(33), 'wrong'],
    ['ana banana', 'wrong'],
    ['ana@home', 'wrong'],
    ['ana', undefined],
    ['Zoë.O-N_1', undefined],
  ])('finds the username %j %s', (username, problem) => {
    expect(problemsOf({ ...DETAILS, username }).username).toBe(problem);
  });

  it.each([
    ['', 'missing'],
    ['ana', 'wrong'],
    ['ana@example', 'wrong'],
    ['a na@example.org', 'wrong'],
    ['ana@example.org', undefined],
  ])('finds the email %j %s', (email, problem) => {
    expect(problemsOf({ ...DETAILS, email }).email).toBe(problem);
  });
});

describe('reachableStep', () => {
  it.each([null, 'consent', 'face', 'done', 'nonsense'])(
    'begins with the details, also at the address of %s',
    (wanted) => {
      expect(reachableStep(EMPTY, wanted)).toBe('details');
    },
  );

  it('shows no camera before consent', () => {
    expect(reachableStep(filled, 'face')).toBe('consent');
    expect(reachableStep(agreed, 'face')).toBe('face');
  });

  it('lets the person go back', () => {
    expect(reachableStep(agreed, 'consent')).toBe('consent');
    expect(reachableStep(agreed, null)).toBe('details');
  });

  it('stays at the codes once there is an account, wherever Back leads', () => {
    const registered = signUpReducer(agreed, { type: 'registered', codes: ['A-1'] });
    for (const wanted of ['details', 'consent', 'face', null]) {
      expect(reachableStep(registered, wanted)).toBe('codes');
    }
  });

  it('asks about details again that were changed after they were checked', () => {
    const typed = signUpReducer(agreed, { type: 'typed', field: 'username', text: 'ana2' });
    expect(reachableStep(typed, 'face')).toBe('details');
  });

  it('goes back to the details when the name turns out to be taken', () => {
    const refused = signUpReducer(agreed, {
      type: 'details_refused',
      problems: { username: 'taken' },
    });
    expect(reachableStep(refused, 'face')).toBe('details');
  });

  it('asks for consent again when the notice has changed', () => {
    const changed = signUpReducer(agreed, { type: 'notice_changed' });
    expect(reachableStep(changed, 'face')).toBe('consent');
    expect(changed.noticeChanged).toBe(true);
  });
});

describe('signUpReducer', () => {
  it('trims what was typed', () => {
    const state = signUpReducer(EMPTY, {
      type: 'filled',
      details: { email: ' ana@example.org ', username: ' ana ' },
    });
    expect(state.details).toEqual(DETAILS);
  });

  it('lets go of the pictures and the email once the account is there', () => {
    const looked = signUpReducer(agreed, {
      type: 'looked',
      proof: { images: [new Blob(['x'])] },
    });
    expect(signUpReducer(looked, { type: 'registered', codes: ['A-1'] })).toEqual({
      ...EMPTY,
      registered: { username: 'ana', codes: ['A-1'] },
    });
  });

  it('keeps the face that was shown while the details are corrected', () => {
    const proof = { challengeId: 'c1' };
    const looked = signUpReducer(agreed, { type: 'looked', proof });
    const refused = signUpReducer(looked, {
      type: 'details_refused',
      problems: { username: 'taken' },
    });
    const typed = signUpReducer(refused, { type: 'typed', field: 'username', text: 'ana2' });
    expect(typed).toMatchObject({ proof, problems: {} });
    expect(signUpReducer(typed, { type: 'face_refused' }).proof).toBeNull();
  });

  it('goes on after a reload with what was filled in, and with no face', () => {
    const draft = { details: DETAILS, checked: true, consent: 'n1' };
    expect(resumed(draft)).toEqual(agreed);
    expect(reachableStep(resumed(draft), 'face')).toBe('face');
    expect(resumed(null)).toEqual(EMPTY);
  });
});
