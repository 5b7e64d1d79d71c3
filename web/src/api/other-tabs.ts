const CHANNEL = 'facelogin-session';

/** Tell this browser's other tabs that somebody signed in or out here. */
export function tellOtherTabs(): void {
  if (typeof BroadcastChannel === 'undefined') return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('changed');
  channel.close();
}

/** Call back when another tab signs in or out. Returns what ends it. */
export function hearOtherTabs(onChange: () => void): () => void {
  if (typeof BroadcastChannel === 'undefined') return () => undefined;
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = onChange;
  return () => {
    channel.close();
  };
}
