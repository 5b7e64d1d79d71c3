import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where things are on this machine. */
export const HERE = join(dirname(fileURLToPath(import.meta.url)), '..');
export const WEB = join(HERE, '..');
export const PROJECT = join(WEB, '..');
export const WEBAPP = join(PROJECT, 'src', 'facelogin', 'webapp');
export const FIRST_SYSTEM_CLIENT = join(PROJECT, 'examples', 'first_system_client');
export const CLIPS = join(HERE, '.cache', 'clips');
export const FILMS = join(HERE, '.cache', 'films');
export const SCREENSHOTS = join(WEB, 'test-results', 'screenshots');
export const SHARED_CLIPS = join(PROJECT, '..', 'shared', 'data', 'clips');

/** The Python of the project's tests: it makes the clips and runs the MongoDB-protocol server. */
export const TEST_PYTHON = join(PROJECT, '.venv', 'bin', 'python');

/** The Python whose facelogin is tested: the project's own unless the environment names another. */
export const PYTHON = process.env['FACELOGIN_E2E_PYTHON'] ?? TEST_PYTHON;

/** The people and scenes that the clips show. */
export type Scene = 'obama' | 'obama2' | 'biden' | 'two' | 'nobody' | 'dark';

/** The first picture of a clip, as a JPEG file. */
export function stillPath(scene: Scene): string {
  return join(CLIPS, `${scene}.jpg`);
}

/** The same picture as a phone takes it: 48 megapixels, on its side, upright by its EXIF. */
export const PHONE_PICTURE = join(CLIPS, 'obama-48mp.jpg');

export function still(scene: Scene): Buffer {
  return readFileSync(stillPath(scene));
}
