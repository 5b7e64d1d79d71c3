import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import type { HtmlTagDescriptor, Plugin } from 'vite';

const SIGN = fileURLToPath(new URL('../src/ui/favicon.svg', import.meta.url));
const ROUND_CORNERS = ' rx="18"';
const ICO_PX = 32;
const ICO_HEADER_BYTES = 22;

const MANIFEST = {
  id: '/',
  name: 'facelogin',
  short_name: 'facelogin',
  description: 'Sign in by looking at the camera.',
  start_url: '/sign-in',
  scope: '/',
  display: 'standalone',
  background_color: '#f6f4ee',
  theme_color: '#0e6a5e',
  icons: [
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
    {
      src: '/icons/icon-maskable-512.png',
      sizes: '512x512',
      type: 'image/png',
      purpose: 'maskable',
    },
  ],
};

const TAGS: HtmlTagDescriptor[] = [
  { tag: 'link', attrs: { rel: 'icon', href: '/favicon.ico', sizes: '32x32' } },
  { tag: 'link', attrs: { rel: 'apple-touch-icon', href: '/apple-touch-icon.png' } },
  { tag: 'link', attrs: { rel: 'manifest', href: '/manifest.webmanifest' } },
];

/** Make every icon of the app from its sign, and the manifest that names them. */
export function icons(): Plugin {
  return {
    name: 'facelogin:icons',
    transformIndexHtml: () => TAGS,
    generateBundle() {
      for (const [fileName, source] of files()) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer(server) {
      const served = new Map(files());
      server.middlewares.use((request, response, next) => {
        const source = served.get(request.url?.slice(1) ?? '');
        if (source === undefined) next();
        else response.end(source);
      });
    },
  };
}

function files(): [string, string | Uint8Array][] {
  const round = readFileSync(SIGN, 'utf8');
  const square = round.replace(ROUND_CORNERS, '');
  if (square === round) throw new Error(`${SIGN} has no corners${ROUND_CORNERS} to fill.`);
  return [
    ['favicon.ico', ico(png(round, ICO_PX))],
    // iOS rounds the corners itself, and shows transparency as black.
    ['apple-touch-icon.png', png(square, 180)],
    ['icons/icon-192.png', png(round, 192)],
    ['icons/icon-512.png', png(round, 512)],
    // The face stays within the middle 80 %, which no mask cuts off.
    ['icons/icon-maskable-512.png', png(square, 512)],
    ['manifest.webmanifest', JSON.stringify(MANIFEST)],
  ];
}

function png(svg: string, widthPx: number): Uint8Array {
  const fitTo = { mode: 'width', value: widthPx } as const;
  return new Resvg(svg, { fitTo, font: { loadSystemFonts: false } }).render().asPng();
}

/** Wrap one PNG as an icon file: a directory with a single entry, and the picture. */
function ico(picture: Uint8Array): Uint8Array {
  const header = Buffer.alloc(ICO_HEADER_BYTES);
  header.writeUInt16LE(1, 2); // an icon
  header.writeUInt16LE(1, 4); // with one picture
  header.writeUInt8(ICO_PX, 6);
  header.writeUInt8(ICO_PX, 7);
  header.writeUInt16LE(1, 10); // colour planes
  header.writeUInt16LE(32, 12); // bits for each pixel
  header.writeUInt32LE(picture.length, 14);
  header.writeUInt32LE(ICO_HEADER_BYTES, 18);
  return Buffer.concat([header, picture]);
}
