import { client, postFace, type Proof } from './client';
import { ApiFailure } from './failure';
import type { components, paths } from './schema';

type Schemas = components['schemas'];
export type Config = Schemas['Config'];
export type NoticeText = Schemas['NoticeText'];
export type SessionState = Schemas['SessionState'];
export type Greeting = Schemas['Greeting'];
export type Account = paths['/account']['get']['responses'][200]['content']['application/json'];
export type SessionList =
  paths['/account/sessions']['get']['responses'][200]['content']['application/json'];
export type AccountSession = SessionList['sessions'][number];
export type SessionsEnded =
  paths['/account/sessions']['delete']['responses'][200]['content']['application/json'];
export type FaceReplaced =
  paths['/account/face']['post']['responses'][200]['content']['application/json'];
export type SteppedUp =
  paths['/session/step-up']['post']['responses'][200]['content']['application/json'];
export type AccountChanges = { email?: string; username?: string };
export type SignedInByCode =
  paths['/login/recovery']['post']['responses'][200]['content']['application/json'];
export type NewRecoveryCodes =
  paths['/account/recovery-codes']['post']['responses'][201]['content']['application/json'];
export type ActivityList =
  paths['/account/activity']['get']['responses'][200]['content']['application/json'];
export type ActivityEntry = ActivityList['activity'][number];
export type AccountExport =
  paths['/account/export']['get']['responses'][200]['content']['application/json'];

export interface NewPerson {
  readonly email: string;
  readonly username: string;
  readonly consent?: string | undefined;
  readonly invite?: string | undefined;
}

export async function fetchConfig(signal?: AbortSignal): Promise<Config> {
  return get<Config>('/config', signal);
}

export async function fetchNotice(language: string, signal?: AbortSignal): Promise<NoticeText> {
  return get<NoticeText>(`/notice?lang=${encodeURIComponent(language)}`, signal);
}

/** The session of this browser, or null where there is none: no error, so the console is silent. */
export async function fetchSession(signal?: AbortSignal): Promise<SessionState | null> {
  try {
    return (await get<SessionState | ''>('/session?optional=true', signal)) || null;
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 'session_required') return null;
    throw error;
  }
}

export async function fetchGreeting(signal?: AbortSignal): Promise<Greeting> {
  return get<Greeting>('/greeting', signal);
}

export async function fetchAccount(signal?: AbortSignal): Promise<Account> {
  return get<Account>('/account', signal);
}

export async function fetchSessions(signal?: AbortSignal): Promise<SessionList> {
  return get<SessionList>('/account/sessions', signal);
}

export async function fetchActivity(signal?: AbortSignal): Promise<ActivityList> {
  return get<ActivityList>('/account/activity', signal);
}

export async function fetchExport(): Promise<AccountExport> {
  return get<AccountExport>('/account/export');
}

/** Resolves if an account of these names could be made now; rejects with what stands in the way. */
export async function checkRegistration({ email, username, invite }: NewPerson): Promise<void> {
  await client.post('/register/check', { email, username, invite });
}

export async function register(person: NewPerson, proof: Proof): Promise<Schemas['Registered']> {
  return postFace('/register', { ...person }, proof);
}

export interface Look {
  /** Null where the server is to find out whose face it is. */
  readonly username: string | null;
  readonly proof: Proof;
  /** The version of the notice that the person has just agreed to; null for none. */
  readonly consent: string | null;
}

export async function logIn({ username, proof, consent }: Look): Promise<Schemas['LoggedIn']> {
  return postFace(
    '/login',
    { username: username ?? undefined, consent: consent ?? undefined },
    proof,
  );
}

export async function logInByCode(username: string, code: string): Promise<SignedInByCode> {
  const body = { username, recovery_code: code };
  const { data } = await client.post<SignedInByCode>('/login/recovery', body);
  return data;
}

export async function logOut(): Promise<void> {
  await client.post('/logout');
}

export async function stepUp(proof: Proof): Promise<SteppedUp> {
  return postFace('/session/step-up', {}, proof);
}

export async function replaceFace(proof: Proof): Promise<FaceReplaced> {
  return postFace('/account/face', {}, proof);
}

export async function changeAccount(changes: AccountChanges): Promise<Account> {
  const { data } = await client.patch<Account>('/account', changes);
  return data;
}

export async function makeRecoveryCodes(): Promise<NewRecoveryCodes> {
  const { data } = await client.post<NewRecoveryCodes>('/account/recovery-codes');
  return data;
}

export async function agreeAnew(version: string): Promise<Account> {
  const { data } = await client.post<Account>('/account/consent', { consent: version });
  return data;
}

export async function eraseAccount(): Promise<void> {
  await client.delete('/account');
}

export async function endSession(sessionId: string): Promise<void> {
  await client.delete(`/account/sessions/${encodeURIComponent(sessionId)}`);
}

/** Ends every session but this one; `ended` is how many. */
export async function endOtherSessions(): Promise<SessionsEnded> {
  const { data } = await client.delete<SessionsEnded>('/account/sessions');
  return data;
}

async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const { data } = await client.get<Answer>(path, signal ? { signal } : {});
  return data;
}
