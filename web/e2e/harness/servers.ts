import { randomBytes } from 'node:crypto';
import type { Child } from './child-process.ts';
import { Server, startMongoDb, type Settings, type Store } from './server.ts';

/** The servers of one worker: one as it comes, and one other, set otherwise or of one file alone. */
export class Servers {
  private mongoDb: { url: string; child: Child } | null = null;
  private plain: Server | null = null;
  private other: { key: string; server: Server } | null = null;

  constructor(private readonly store: Store) {}

  /** A running server with these settings: of everybody, or of this owner alone. */
  async of(settings: Settings, owner: string | null): Promise<Server> {
    if (owner === null && Object.keys(settings).length === 0) {
      this.plain ??= await this.started(settings);
      return this.plain;
    }
    const key = JSON.stringify([owner, settings]);
    if (this.other?.key === key) return this.other.server;
    await this.endOther();
    this.other = { key, server: await this.started(settings) };
    return this.other.server;
  }

  async end(): Promise<void> {
    try {
      await Promise.all([this.plain?.end(), this.endOther()]);
    } finally {
      await this.mongoDb?.child.stop();
    }
  }

  private async endOther(): Promise<void> {
    const { other } = this;
    this.other = null;
    await other?.server.end();
  }

  private async started(settings: Settings): Promise<Server> {
    const server = new Server(await this.databaseUrl(), settings);
    try {
      await server.start();
    } catch (error) {
      await server.end();
      throw error;
    }
    return server;
  }

  private async databaseUrl(): Promise<string | null> {
    if (this.store === 'sqlite') return null;
    this.mongoDb ??= await startMongoDb();
    const url = new URL(this.mongoDb.url);
    url.pathname = `/facelogin_e2e_${randomBytes(6).toString('hex')}`;
    return url.href;
  }
}
