import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CLIPS, FILMS, HERE, PROJECT, PYTHON, TEST_PYTHON, WEBAPP } from './harness/places.ts';

/** Find out before the first test whether everything is there, and make the clips. */
export default function prepare(): void {
  if (!existsSync(TEST_PYTHON)) {
    throw new Error(`There is no ${TEST_PYTHON}: run "make setup" in the project's root first.`);
  }
  if (PYTHON === TEST_PYTHON && !existsSync(join(WEBAPP, 'index.html'))) {
    throw new Error('The web app is not built: run "make web" in the project\'s root first.');
  }
  make('make_clips.py', CLIPS);
  make('make_films.py', FILMS);
}

function make(program: string, folder: string): void {
  execFileSync(TEST_PYTHON, [join(HERE, program), folder], {
    cwd: PROJECT,
    env: {
      ...process.env,
      PYTHONPATH: [PROJECT, join(PROJECT, 'tests'), join(PROJECT, 'src')].join(delimiter),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 120_000,
  });
}
