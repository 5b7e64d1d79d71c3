/** The sign of facelogin. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 64 64" aria-hidden="true">
      <rect className="mark-ground" width="64" height="64" rx="18" />
      <ellipse className="mark-line" cx="32" cy="32" rx="15" ry="20" />
      <path className="mark-line" d="M26 28v3M38 28v3M26.5 40c3.2 3.4 7.8 3.4 11 0" />
    </svg>
  );
}
