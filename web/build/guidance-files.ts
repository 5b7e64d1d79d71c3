import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const require = createRequire(import.meta.url);
const HUMAN = join(dirname(require.resolve('@vladmandic/human')), '..');
const WASM = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '..');

const FILES = [
  join(WASM, 'dist/tfjs-backend-wasm-simd.wasm'),
  join(HUMAN, 'models/blazeface.json'),
  join(HUMAN, 'models/blazeface.bin'),
  join(HUMAN, 'models/facemesh.json'),
  join(HUMAN, 'models/facemesh.bin'),
];
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  wasm: 'application/wasm',
  json: 'application/json',
  bin: 'application/octet-stream',
};

/** Serve the networks and the WebAssembly file that guidance loads, under a hashed folder. */
export function guidanceFiles(): Plugin {
  const name = `guidance-${hashOf(FILES)}`;
  const folder = `assets/${name}`;
  return {
    name: 'facelogin:guidance-files',
    // The built script that names the folder lies beside it.
    config: (_, { command }) => ({
      define: {
        __GUIDANCE_FILES__: JSON.stringify(command === 'build' ? `./${name}/` : `/${folder}/`),
      },
    }),
    buildStart() {
      assertSameTensorFlow();
    },
    generateBundle() {
      for (const path of FILES) {
        this.emitFile({
          type: 'asset',
          fileName: `${folder}/${basename(path)}`,
          source: readFileSync(path),
        });
      }
    },
    configureServer(server) {
      server.middlewares.use(`/${folder}`, (request, response, next) => {
        const path = FILES.find((file) => `/${basename(file)}` === request.url);
        if (!path) {
          next();
          return;
        }
        response.setHeader('Content-Type', CONTENT_TYPES[path.split('.').at(-1) ?? ''] ?? '');
        createReadStream(path).pipe(response);
      });
    },
  };
}

/** The .wasm file must be of the very TensorFlow.js that is bundled in human. */
function assertSameTensorFlow(): void {
  const bundled = /tfjs-backend-wasm":(\w+)/.exec(humanVersions());
  const variable = bundled?.[1] ?? '';
  const inHuman = new RegExp(`(?:var |,)${variable}="([^"]+)"`).exec(humanVersions())?.[1];
  const { version } = JSON.parse(readFileSync(join(WASM, 'package.json'), 'utf8')) as {
    version: string;
  };
  if (inHuman !== version) {
    throw new Error(
      `@tensorflow/tfjs-backend-wasm is ${version}, but @vladmandic/human bundles ${inHuman ?? 'an unknown version'}: install the same.`,
    );
  }
}

function humanVersions(): string {
  return readFileSync(join(HUMAN, 'dist/tfjs.version.js'), 'utf8');
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 10);
}
