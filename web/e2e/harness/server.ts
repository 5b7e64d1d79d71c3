import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child } from './child-process.ts';
import { PROJECT, PYTHON, TEST_PYTHON } from './places.ts';

export type Store = 'sqlite' | 'mongodb';
/** `FACELOGIN_*` variables. */
export type Settings = Readonly<Record<string, string>>;

const START_MS = 60_000;
const COMMAND_MS = 90_000;
/** The MongoDB-protocol server may have to be built first. */
const BUILD_MS = 420_000;
const ADDRESS = /runs at http:\/\/localhost:(\d+)/;

/** An environment without the settings of whoever runs the tests. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FACELOGIN_')));
}

/** Start the MongoDB-protocol server of the tests and say where it is. */
export async function startMongoDb(): Promise<{ url: string; child: Child }> {
  const child = await Child.start({
    command: TEST_PYTHON,
    args: [join(PROJECT, 'tests', 'mongodb.py')],
    cwd: PROJECT,
    env: process.env,
    ready: /^mongodb:\/\/\S+$/,
    withinMs: BUILD_MS,
  });
  return { url: child.readyLine[0], child };
}

/** `facelogin run` on a port and a data folder of its own, as a person starts it. */
export class Server {
  private child: Child | null = null;
  private readonly folder = mkdtempSync(join(tmpdir(), 'facelogin-e2e-'));
  private env: NodeJS.ProcessEnv;

  constructor(
    databaseUrl: string | null,
    settings: Settings = {},
    /** 0 for a free one. */
    private port = 0,
  ) {
    this.env = {
      ...withoutSettings(process.env),
      PYTHONUNBUFFERED: '1',
      FACELOGIN_DATA_DIR: join(this.folder, 'data'),
      ...(databaseUrl !== null && { FACELOGIN_DATABASE_URL: databaseUrl }),
      ...settings,
    };
  }

  /** Start it again on the same data, with other settings. */
  async restartWith(settings: Settings): Promise<void> {
    await this.stop();
    this.env = { ...this.env, ...settings };
    await this.start();
  }

  /** Write a file into the folder that the server runs in, and say where it is. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** All lines that it has printed and logged since it was started. */
  get said(): readonly string[] {
    return this.child?.lines ?? [];
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Start it, the second time on the same port as the first. */
  async start(): Promise<void> {
    this.child = await Child.start({
      command: PYTHON,
      args: ['-m', 'facelogin', 'run', '--port', String(this.port)],
      cwd: this.folder,
      env: this.env,
      ready: ADDRESS,
      withinMs: START_MS,
    });
    this.port = Number(this.child.readyLine[1]);
    const ready = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(START_MS) });
    if (!ready.ok) throw new Error(`/readyz answered ${ready.status}`);
  }

  /** Stop it; its data stays. */
  async stop(): Promise<void> {
    await this.child?.stop();
    this.child = null;
  }

  /** Run another `facelogin` command on the same data, as the operator of this server would. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(PYTHON, ['-m', 'facelogin', ...args], {
      cwd: this.folder,
      env: this.env,
      timeout: COMMAND_MS,
    });
    return stdout;
  }

  async end(): Promise<void> {
    try {
      await this.stop();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
