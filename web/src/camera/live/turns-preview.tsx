import type { LiveWords } from './live-words';

/** How the heads are drawn, one after another: straight, then each way that may be asked for. */
const HEADS = [
  { x: 0, y: 0 },
  { x: -7, y: 0 },
  { x: 7, y: 0 },
  { x: 0, y: -6 },
  { x: 0, y: 6 },
] as const;
const APART = 64;

/** Shows what will be asked for before it is: in a drawing that stands still, and in words. */
export function TurnsPreview({ words }: { words: LiveWords }) {
  return (
    <figure className="live-preview">
      <svg viewBox={`0 0 ${String(HEADS.length * APART)} 64`} aria-hidden="true">
        {HEADS.map(({ x, y }, i) => (
          <g
            key={`${String(x)} ${String(y)}`}
            transform={`translate(${String(i * APART + 32)} 32)`}
          >
            <ellipse className="live-preview-head" rx="17" ry="22" />
            <g transform={`translate(${String(x)} ${String(y)})`}>
              <path className="live-preview-face" d="M-6-5v0M6-5v0M0-3v6M-5 9q5 4 10 0" />
            </g>
            {(x !== 0 || y !== 0) && (
              <path className="live-preview-way" d="M0 0h6m-4-4l4 4l-4 4" transform={wayOf(x, y)} />
            )}
          </g>
        ))}
      </svg>
      <figcaption>{words.previewed}</figcaption>
    </figure>
  );
}

/** Put the arrow beside the head, at the side it turns to. */
function wayOf(x: number, y: number): string {
  if (x !== 0) return x < 0 ? 'translate(-21 0) rotate(180)' : 'translate(21 0)';
  return y < 0 ? 'translate(21 4) rotate(-90)' : 'translate(21 -4) rotate(90)';
}
