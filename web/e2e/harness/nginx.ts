import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Child } from './child-process.ts';
import { HERE, PROJECT, TEST_PYTHON } from './places.ts';

/** Where `make` unpacks Debian's package. */
const UNPACKED = join(PROJECT, '.cache', 'nginx', 'usr', 'sbin', 'nginx');
const START_MS = 60_000;
const ADDRESSES = /^in front: (http:\/\/localhost:\d+) (http:\/\/localhost:\d+)$/;

/** Debian's nginx in front of a server, below a path, in both ways that docs/operating.md shows. */
export interface Nginx {
  /** Where nginx passes the path on to the server. */
  readonly whole: string;
  /** Where nginx takes the path off. */
  readonly stripped: string;
  readonly child: Child;
}

/** Whether this machine has nginx; strict testing insists on it. */
export function nginxIsHere(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const programs = [...folders.map((folder) => join(folder, 'nginx')), UNPACKED];
  return programs.some(existsSync) || process.env['FACELOGIN_TEST_STRICT'] === '1';
}

/** Start nginx in front of whatever is, or will be, on this port. */
export async function startNginx(port: number, path: string): Promise<Nginx> {
  const child = await Child.start({
    command: TEST_PYTHON,
    args: [join(HERE, 'nginx_in_front.py'), String(port), path],
    cwd: PROJECT,
    env: { ...process.env, PYTHONPATH: [join(PROJECT, 'tests'), PROJECT].join(delimiter) },
    ready: ADDRESSES,
    withinMs: START_MS,
  });
  const [, whole, stripped] = child.readyLine;
  return { whole: whole!, stripped: stripped!, child };
}
