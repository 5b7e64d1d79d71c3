import type { View } from '../view';

/** What the page asks of the worker. The bitmap is handed over, not copied. */
export interface LookRequest {
  readonly atMs: number;
  readonly bitmap: ImageBitmap;
}

/** What the worker answers. */
export type GuidanceReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'view'; readonly view: View };
