import type { Plugin } from 'vite';

/**
 * Let the page name its files from the root, because it is served at addresses of any depth. Scripts
 * and styles name theirs relative to themselves, so only the page has to know where the app lies:
 * a server below a path writes that into the page.
 */
export function absolutePage(): Plugin {
  return {
    name: 'facelogin:absolute-page',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html'];
      if (page?.type !== 'asset') throw new Error('The build made no index.html.');
      page.source = String(page.source).replaceAll('="./', '="/');
    },
  };
}
