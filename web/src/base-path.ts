const META = 'meta[name="facelogin-base"]';

/** The path that this server is reached under, like `/login`; empty at the root of its host. */
export const basePath = basePathOf(document);

/** What the page says, which the server writes: without it, or in development, the root. */
export function basePathOf(page: ParentNode): string {
  return (page.querySelector<HTMLMetaElement>(META)?.content ?? '').replace(/\/$/, '');
}
