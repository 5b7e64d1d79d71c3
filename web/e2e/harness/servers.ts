import { randomBytes } from 'node:crypto';
import type { Child } from './child-process.ts';
import { Server, startMongoDb, type Settings, type Store } from './server.ts';

/** The servers of one worker: one facelogin at a time, with an empty store for each test file. */
export class Servers {
  private mongoDb: { url: string; child: Child } | null = null;
  private current: { key: string; server: Server } | null = null;

  constructor(private readonly store: Store) {}

  /** The running server of this test file, with these settings. */
  async of(file: string, settings: Settings): Promise<Server> {
    const key = JSON.stringify([file, settings]);
    if (this.current?.key === key) return this.current.server;
    await this.current?.server.end();
    this.current = null;
    const server = new Server(await this.databaseUrl(), settings);
    this.current = { key, server };
    await server.start();
    return server;
  }

  async end(): Promise<void> {
    try {
      await this.current?.server.end();
    } finally {
      await this.mongoDb?.child.stop();
    }
  }

  private async databaseUrl(): Promise<string | null> {
    if (this.store === 'sqlite') return null;
    this.mongoDb ??= await startMongoDb();
    const url = new URL(this.mongoDb.url);
    url.pathname = `/facelogin_e2e_${randomBytes(6).toString('hex')}`;
    return url.href;
  }
}
