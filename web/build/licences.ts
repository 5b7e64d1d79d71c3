import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** For packages that name this licence and leave out its text. */
const APACHE = fileURLToPath(new URL('apache-2.0.txt', import.meta.url));
const LICENCE_FILE = /^(?:licen[cs]e|notice|copying)(?:\.(?:md|txt))?$/i;
/** What is shipped without being a module: fonts, networks, and what human bundles itself. */
const ALSO_SHIPPED = [
  'node_modules/@fontsource-variable/figtree',
  'node_modules/@tensorflow/tfjs-backend-wasm',
  'node_modules/@vladmandic/human',
];

/** Ship the licence of every package that ends up in the build. */
export function licences(): Plugin {
  let root = '';
  return {
    name: 'facelogin:licences',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle() {
      const packages = new Set(ALSO_SHIPPED.map((path) => join(root, path)));
      for (const id of this.getModuleIds()) {
        const folder = packageFolder(id);
        if (folder) packages.add(folder);
      }
      const source = [...packages].sort().map(licenceOf).join('\n');
      this.emitFile({ type: 'asset', name: 'licences.txt', source });
    },
  };
}

function packageFolder(id: string): string | null {
  const path = id.replaceAll('\0', '').split('?')[0] ?? '';
  const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
  return match && existsSync(join(match[0], 'package.json')) ? match[0] : null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as { name: string; version: string; license?: string };
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0 && license === 'Apache-2.0') {
    texts.push(readFileSync(APACHE, 'utf8').trim());
  }
  if (texts.length === 0) throw new Error(`${name} has no licence text (${dirname(folder)}).`);
  const title = `${name} ${version} (${license ?? 'see below'})`;
  return `${[title, '='.repeat(title.length), ...texts].join('\n\n')}\n`;
}
