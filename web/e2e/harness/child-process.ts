import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const STOP_MS = 40_000;

interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the line looks like that says it is ready. */
  readonly ready: RegExp;
  readonly withinMs: number;
}

/** A process in a group of its own that is ready, with everything it said. */
export class Child {
  private constructor(
    private readonly process: ChildProcess,
    readonly lines: readonly string[],
    readonly readyLine: RegExpExecArray,
  ) {}

  /** Start it and wait for the line that says it is ready. */
  static async start({ command, args, cwd, env, ready, withinMs }: Start): Promise<Child> {
    const started = spawn(command, args, { cwd, env, detached: true, stdio: 'pipe' });
    const lines: string[] = [];
    process.once('exit', () => {
      killGroup(started);
    });
    const readyLine = new Promise<RegExpExecArray>((resolve, reject) => {
      const fail = (why: string) => {
        killGroup(started);
        reject(new Error(`${command} ${args.join(' ')} ${why}:\n${lines.join('\n')}`));
      };
      const timer = setTimeout(fail, withinMs, `was not ready in ${withinMs} ms`);
      for (const stream of [started.stdout, started.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          lines.push(line);
          const found = ready.exec(line);
          if (!found) return;
          clearTimeout(timer);
          resolve(found);
        });
      }
      started.once('error', (error) => {
        fail(error.message);
      });
      started.once('exit', (status) => {
        clearTimeout(timer);
        fail(`ended with ${String(status)}`);
      });
    });
    return new Child(started, lines, await readyLine);
  }

  /** End it as an operator would; what does not obey is killed. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const timer = setTimeout(killGroup, STOP_MS, this.process);
    await ended;
    clearTimeout(timer);
    killGroup(this.process);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
