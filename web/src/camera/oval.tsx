/** Clockwise from the top, so that the ring fills like a clock. */
const RING = 'M150 42a104 136 0 0 1 0 272a104 136 0 0 1 0-272';
const ROUND = 100;

/** The oval to put one's face in; its ring fills as good frames come in. */
export function Oval({ filled }: { filled: number }) {
  return (
    <svg className="camera-oval" viewBox="0 0 300 360" aria-hidden="true">
      <path
        className="camera-oval-shade"
        fillRule="evenodd"
        d={`M-300-300H600V660H-300Z ${RING}Z`}
      />
      <path className="camera-oval-ring" d={RING} pathLength={ROUND} />
      {filled > 0 && (
        <path
          className="camera-oval-done"
          d={RING}
          pathLength={ROUND}
          strokeDasharray={`${String(Math.round(filled * ROUND))} ${String(ROUND)}`}
        />
      )}
    </svg>
  );
}
