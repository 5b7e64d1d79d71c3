import { randomBytes } from 'node:crypto';
import { request, type APIRequestContext, type BrowserContext } from '@playwright/test';
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
  const caller = await request.newContext();
  try {
    const person = await register(caller, server, scene);
    const left = await caller.post(`${server.url}/logout`);
    if (left.status() !== 204) throw new Error(`not signed out: ${await left.text()}`);
    return person;
  } finally {
    await caller.dispose();
  }
}

/** Register somebody new through the API, who is signed in with this browser from then on. */
export async function signedUp(
  context: BrowserContext,
  server: Server,
  scene: Scene = 'obama',
): Promise<Registered> {
  return register(context.request, server, scene);
}

async function register(
  caller: APIRequestContext,
  server: Pick<Server, 'url'>,
  scene: Scene,
): Promise<Registered> {
  const person = somebody();
  const config = (await (await caller.get(`${server.url}/config`)).json()) as {
    notice: { version: string };
  };
  const answer = await caller.post(`${server.url}/register`, {
    multipart: { ...person, consent: config.notice.version, images: picture(scene) },
  });
  if (answer.status() !== 201) throw new Error(`not registered: ${await answer.text()}`);
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
  const answer = await context.request.post(`${server.url}/login`, {
    multipart: { username, images: picture(scene) },
  });
  if (answer.status() !== 200) throw new Error(`not signed in: ${await answer.text()}`);
}

/** Try to sign in as somebody through the API, from a device of its own; say what came of it. */
export async function tryFace(server: Server, { username }: Person, scene: Scene): Promise<number> {
  const caller = await request.newContext();
  try {
    const answer = await caller.post(`${server.url}/login`, {
      multipart: { username, images: picture(scene) },
    });
    return answer.status();
  } finally {
    await caller.dispose();
  }
}

function picture(scene: Scene): { name: string; mimeType: string; buffer: Buffer } {
  return { name: 'face.jpg', mimeType: 'image/jpeg', buffer: still(scene) };
}
