import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { absolutePage } from './build/absolute-page.ts';
import { guidanceFiles } from './build/guidance-files.ts';
import { icons } from './build/icons.ts';
import { licences } from './build/licences.ts';
import { precompress } from './build/precompress.ts';

const API_PATHS =
  '^/(register|login|logout|greeting|session|config|notice|account|challenges|healthz|readyz|csp-reports|openapi\\.json|docs)(/|\\?|$)';
const target = process.env['FACELOGIN_API'] ?? 'http://localhost:5000';
const proxy = { [API_PATHS]: { target } };

export default defineConfig({
  base: './',
  plugins: [react(), guidanceFiles(), icons(), absolutePage(), licences(), precompress()],
  resolve: {
    alias: {
      // The package's own exports lead away from this file, the one build meant for browsers.
      '@vladmandic/human': fileURLToPath(
        new URL('node_modules/@vladmandic/human/dist/human.esm.js', import.meta.url),
      ),
    },
  },
  build: {
    outDir: fileURLToPath(new URL('../src/facelogin/webapp', import.meta.url)),
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_500,
  },
  worker: { format: 'es', plugins: () => [guidanceFiles()] },
  server: { port: 3000, strictPort: true, proxy },
  preview: { port: 3000, strictPort: true, proxy },
});
