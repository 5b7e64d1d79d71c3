import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT_BYTES = 150_000;
const ENTRY = 'index.html';
const OUT = fileURLToPath(new URL('../../src/facelogin/webapp/', import.meta.url));

const manifest = JSON.parse(readFileSync(`${OUT}.vite/manifest.json`, 'utf8'));

/** All scripts that the sign-in page loads before it can be used: those of the entry itself. */
function scriptsOf(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const imported of manifest[key].imports ?? []) scriptsOf(imported, seen);
  return seen;
}

const sizes = [...scriptsOf(ENTRY)]
  .map((key) => manifest[key].file)
  .map((file) => [file, gzipSync(readFileSync(OUT + file), { level: 9 }).length]);
const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);

for (const [file, bytes] of sizes) console.log(`${String(bytes).padStart(8)}  ${file}`);
console.log(`${String(total).padStart(8)}  gzip, of ${LIMIT_BYTES} allowed for the sign-in page`);
if (total > LIMIT_BYTES) process.exitCode = 1;
