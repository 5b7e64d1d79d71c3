import type { BrowserContext, ConsoleMessage, Request } from '@playwright/test';

/** Chromium says this of every answer that is not a 2xx; the tests look at those themselves. */
const ANSWER_NOTED = 'Failed to load resource: ';

/**
 * Note what no journey may cause: a request to another origin than these, a breach of the content
 * security policy, an error that nobody caught or that the page complained about on its console.
 */
export async function watch(
  context: BrowserContext,
  ...origins: readonly string[]
): Promise<readonly string[]> {
  const noted: string[] = [];
  context.on('request', (request: Request) => {
    const url = new URL(request.url());
    if (url.protocol === 'blob:' || url.protocol === 'data:') return;
    if (!origins.includes(url.origin)) noted.push(`request to ${request.url()}`);
  });
  context.on('weberror', (webError) => {
    noted.push(`uncaught ${String(webError.error())}`);
  });
  context.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' && !message.text().startsWith(ANSWER_NOTED)) {
      noted.push(`console: ${message.text()}`);
    }
  });
  await context.exposeBinding('noteViolation', (_source, violation: string) => {
    noted.push(violation);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const note = (globalThis as unknown as { noteViolation: (text: string) => void })
        .noteViolation;
      note(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return noted;
}
