import { randomBytes } from 'node:crypto';
import type { BrowserContext } from '@playwright/test';
import { still, type Scene } from './places.ts';
import type { Server } from './server.ts';

export interface Person {
  readonly username: string;
  readonly email: string;
}

export interface Registered extends Person {
  readonly recoveryCodes: readonly string[];
}

/** Somebody whom no server has seen before. */
export function somebody(name = 'ana'): Person {
  const username = `${name}-${randomBytes(4).toString('hex')}`;
  return { username, email: `${username}@example.org` };
}

/** Register somebody new through the API, with the face of one clip, and sign out again. */
export async function registered(
  server: Pick<Server, 'url'>,
  scene: Scene = 'obama',
): Promise<Registered> {
  const person = somebody();
  const config = (await (await fetch(`${server.url}/config`)).json()) as {
    notice: { version: string };
  };
  const form = new FormData();
  form.append('username', person.username);
  form.append('email', person.email);
  form.append('consent', config.notice.version);
  form.append(
    'images',
    new Blob([new Uint8Array(still(scene))], { type: 'image/jpeg' }),
    'face.jpg',
  );
  const answer = await fetch(`${server.url}/register`, { method: 'POST', body: form });
  if (answer.status !== 201) throw new Error(`not registered: ${await answer.text()}`);
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  const headers = { Cookie: cookies.join('; ') };
  const left = await fetch(`${server.url}/logout`, { method: 'POST', headers });
  if (left.status !== 204) throw new Error(`not signed out: ${await left.text()}`);
  const { recovery_codes: recoveryCodes } = (await answer.json()) as { recovery_codes: string[] };
  return { ...person, recoveryCodes };
}

/** Sign somebody in through the API; the cookies are the browser's. */
export async function signIn(
  context: BrowserContext,
  server: Server,
  { username }: Person,
  scene: Scene = 'obama',
): Promise<void> {
  const face = { name: 'face.jpg', mimeType: 'image/jpeg', buffer: still(scene) };
  const answer = await context.request.post(`${server.url}/login`, {
    multipart: { username, images: face },
  });
  if (answer.status() !== 200) throw new Error(`not signed in: ${await answer.text()}`);
}

/** Try to sign in as somebody through the API, from a device of its own; say what came of it. */
export async function tryFace(server: Server, { username }: Person, scene: Scene): Promise<number> {
  const form = new FormData();
  form.append('username', username);
  form.append(
    'images',
    new Blob([new Uint8Array(still(scene))], { type: 'image/jpeg' }),
    'face.jpg',
  );
  const answer = await fetch(`${server.url}/login`, { method: 'POST', body: form });
  return answer.status;
}
