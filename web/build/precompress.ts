import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(?:js|css|html|svg|json|wasm|txt|bin)$/;
/** Below this the headers cost more than is saved. */
const WORTHWHILE_BYTES = 512;
/** A compressed file must be at least this much smaller to be kept. */
const WORTHWHILE_RATIO = 0.95;

/** Put a `.br` and a `.gz` beside every built file that gets smaller by it. */
export function precompress(): Plugin {
  let outDir = '';
  return {
    name: 'facelogin:precompress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const path of filesBelow(outDir)) {
        if (COMPRESSIBLE.test(path)) compress(path);
      }
    },
  };
}

function compress(path: string): void {
  const bytes = readFileSync(path);
  if (bytes.length < WORTHWHILE_BYTES) return;
  const compressed = {
    br: brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    gz: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [extension, smaller] of Object.entries(compressed)) {
    if (smaller.length < bytes.length * WORTHWHILE_RATIO) {
      writeFileSync(`${path}.${extension}`, smaller);
    }
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
