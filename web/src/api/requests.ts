import { client, postFace } from './client';
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
export type FaceReplaced =
  paths['/account/face']['post']['responses'][200]['content']['application/json'];
export type SteppedUp =
  paths['/session/step-up']['post']['responses'][200]['content']['application/json'];
export type AccountChanges = { email?: string; username?: string };

export async function fetchConfig(signal?: AbortSignal): Promise<Config> {
  return get<Config>('/config', signal);
}

export async function fetchNotice(language: string, signal?: AbortSignal): Promise<NoticeText> {
  return get<NoticeText>(`/notice?lang=${encodeURIComponent(language)}`, signal);
}

/** The session of this browser, or null where there is none. */
export async function fetchSession(signal?: AbortSignal): Promise<SessionState | null> {
  try {
    return await get<SessionState>('/session', signal);
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

export async function register(
  person: { email: string; username: string; consent?: string | undefined },
  images: readonly Blob[],
): Promise<Schemas['Registered']> {
  return postFace('/register', person, images);
}

export async function logIn(
  username: string,
  images: readonly Blob[],
): Promise<Schemas['LoggedIn']> {
  return postFace('/login', { username }, images);
}

export async function logOut(): Promise<void> {
  await client.post('/logout');
}

export async function stepUp(images: readonly Blob[]): Promise<SteppedUp> {
  return postFace('/session/step-up', {}, images);
}

export async function replaceFace(images: readonly Blob[]): Promise<FaceReplaced> {
  return postFace('/account/face', {}, images);
}

export async function changeAccount(changes: AccountChanges): Promise<Account> {
  const { data } = await client.patch<Account>('/account', changes);
  return data;
}

export async function endSession(sessionId: string): Promise<void> {
  await client.delete(`/account/sessions/${encodeURIComponent(sessionId)}`);
}

async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const { data } = await client.get<Answer>(path, signal ? { signal } : {});
  return data;
}
