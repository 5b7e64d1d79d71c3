import type { Direction } from './step';
import type { Turning } from './turn';

/** Drawn for the left of the mirror, which is the person's own left; the others are turned. */
const SHAFT = 'M92 178H26';
const HEAD = 'M58 142L22 178L58 214';
const PLACE: Readonly<Record<Direction, string>> = {
  left: '',
  right: 'rotate(180 150 178)',
  up: 'translate(0 -16) rotate(90 150 178)',
  down: 'translate(0 -4) rotate(-90 150 178)',
};
const WHOLE = 100;

/** Which way to turn, how far, and when to come back: on the mirror, at the side it points to. */
export function Arrow({ direction, turning }: { direction: Direction; turning: Turning }) {
  const back = turning.phase !== 'out';
  return (
    <svg className="live-arrow" viewBox="0 0 300 360" aria-hidden="true" data-phase={turning.phase}>
      <g transform={PLACE[direction]}>
        <g transform={back ? 'rotate(180 57 178)' : ''}>
          <g className="live-arrow-nudge">
            <path className="live-arrow-edge" d={`${SHAFT}${HEAD}`} />
            <path className="live-arrow-line" d={`${SHAFT}${HEAD}`} />
            {turning.share > 0 && (
              <path
                className="live-arrow-done"
                d={SHAFT}
                pathLength={WHOLE}
                strokeDasharray={`${String(Math.round(turning.share * WHOLE))} ${String(WHOLE)}`}
              />
            )}
          </g>
        </g>
      </g>
    </svg>
  );
}
