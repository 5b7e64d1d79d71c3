/// <reference lib="webworker" />
import { loadFinder } from './face-finder';
import type { GuidanceReply, LookRequest } from './messages';

declare const self: DedicatedWorkerGlobalScope;

const finding = loadFinder();

finding.then(
  () => {
    answer({ kind: 'ready' });
  },
  (error: unknown) => {
    answer({ kind: 'lost', reason: String(error) });
  },
);

// The library starts some of its loading without waiting for it, so a failure there reaches nobody.
self.onunhandledrejection = (event) => {
  event.preventDefault();
  answer({ kind: 'lost', reason: String(event.reason) });
};

self.onmessage = ({ data }: MessageEvent<LookRequest>) => {
  void look(data);
};

async function look({ atMs, bitmap }: LookRequest): Promise<void> {
  try {
    const find = await finding;
    answer({ kind: 'view', view: { atMs, ...(await find(bitmap)) } });
  } catch (error) {
    answer({ kind: 'lost', reason: String(error) });
  } finally {
    bitmap.close();
  }
}

function answer(reply: GuidanceReply): void {
  self.postMessage(reply);
}
