import './portrait.css';

const TICKS = Array.from({ length: 36 }, (_, index) => index * 10);

/** A drawn face in the oval of the camera: nobody in particular. */
export function Portrait({ label }: { label?: string }) {
  const meaning = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true };
  return (
    <svg className="portrait" viewBox="0 0 420 440" {...meaning}>
      <path
        className="portrait-cloud"
        d="M52 196C40 104 118 38 214 34c104-4 182 62 176 168-5 92-52 196-178 204C104 412 64 292 52 196Z"
      />
      <clipPath id="portrait-oval">
        <ellipse cx="210" cy="212" rx="122" ry="156" />
      </clipPath>
      <ellipse className="portrait-ground" cx="210" cy="212" rx="122" ry="156" />
      <g clipPath="url(#portrait-oval)">
        <path
          className="portrait-hair"
          d="M128 232c-14-92 22-142 84-142s100 48 84 142c-2 40 8 70 14 92h-196c6-22 16-52 14-92Z"
        />
        <path
          className="portrait-shirt"
          d="M70 400c8-62 52-84 104-90 14 22 58 22 72 0 52 6 96 28 104 90Z"
        />
        <path className="portrait-skin portrait-neck" d="M182 276h56v40c-12 24-44 24-56 0Z" />
        <path
          className="portrait-skin"
          d="M148 196c0-48 26-74 62-74s62 26 62 74c0 62-28 104-62 104s-62-42-62-104Z"
        />
        <path
          className="portrait-hair"
          d="M146 208c-4-56 22-94 66-94 42 0 66 34 62 92-14-8-26-22-32-42-22 20-58 28-82 18-6 8-10 16-14 26Z"
        />
        <g className="portrait-line">
          <path d="M172 200c5-5 14-5 19 0M229 200c5-5 14-5 19 0" />
          <path className="portrait-eye" d="M182 212v5M238 212v5" />
          <path d="M211 214c-3 12-7 20-5 24 2 3 7 3 11 2" />
          <path d="M190 260c12 12 30 12 42 0" />
        </g>
        <circle className="portrait-cheek" cx="172" cy="242" r="10" />
        <circle className="portrait-cheek" cx="249" cy="242" r="10" />
      </g>
      <g className="portrait-ticks">
        {TICKS.map((degrees) => (
          <path
            key={degrees}
            data-lit={degrees < 260}
            d="M0-176v-10"
            transform={`translate(210 212) scale(.8 1) rotate(${String(degrees)})`}
          />
        ))}
      </g>
      <ellipse className="portrait-ring" cx="210" cy="212" rx="122" ry="156" />
      <g className="portrait-badge" transform="translate(312 336)">
        <circle r="34" />
        <path d="m-14 1 10 10 19-21" />
      </g>
      <g className="portrait-lens" transform="translate(210 26)">
        <circle r="12" />
        <circle r="4" cx="-2" cy="-2" />
      </g>
    </svg>
  );
}
