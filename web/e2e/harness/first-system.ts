import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child-process.ts';
import { FIRST_SYSTEM_CLIENT, PYTHON } from './places.ts';
import { withoutSettings, type Settings } from './server.ts';

const START_MS = 60_000;
const ADDRESS = /Running on (http:\/\/127\.0\.0\.1:\d+)/;
/** Where the page as it is looks for its API. */
const USUAL_API = 'http://127.0.0.1:5000';
const FILES: Readonly<Record<string, { name: string; type: string }>> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/client.js': { name: 'client.js', type: 'text/javascript; charset=utf-8' },
};

/**
 * The example for the first system's client, started as its README says, and the stand-in for that
 * client on another site: its page on `localhost`, the API on `127.0.0.1`, both on free ports.
 */
export class FirstSystem {
  private child: Child | null = null;
  private readonly folder = mkdtempSync(join(tmpdir(), 'facelogin-e2e-'));
  private readonly pages = createServer(client(() => this.api));
  /** Where the API is, once it has started. */
  api = USUAL_API;
  /** Where the page is, once it is served. */
  page = '';

  async start(settings: Settings): Promise<void> {
    this.pages.listen(0, 'localhost');
    await once(this.pages, 'listening');
    this.page = `http://localhost:${(this.pages.address() as AddressInfo).port}`;
    this.child = await Child.start({
      command: PYTHON,
      args: ['-m', 'flask', '--app', join(FIRST_SYSTEM_CLIENT, 'app.py'), 'run', '--port', '0'],
      cwd: this.folder,
      env: {
        ...withoutSettings(process.env),
        PYTHONUNBUFFERED: '1',
        FACELOGIN_DATA_DIR: join(this.folder, 'data'),
        FACELOGIN_CORS_ORIGINS: this.page,
        ...settings,
      },
      ready: ADDRESS,
      withinMs: START_MS,
    });
    this.api = this.child.readyLine[1]!;
  }

  async end(): Promise<void> {
    this.pages.close();
    this.pages.closeAllConnections();
    await this.child?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Serve the page, which is told the port of the API. */
function client(api: () => string): RequestListener {
  return ({ url = '' }, response) => {
    const file = FILES[url];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const text = readFileSync(join(FIRST_SYSTEM_CLIENT, 'client', file.name), 'utf8');
    response.writeHead(200, { 'Content-Type': file.type }).end(text.replace(USUAL_API, api()));
  };
}
