/** What the browser sees in one frame. Lengths are fractions of the frame's shorter side. */
export interface View {
  /** Milliseconds on the page's own clock. */
  readonly atMs: number;
  /** How many faces are there, the nearest and those at least half as wide. */
  readonly faces: number;
  readonly face: SeenFace | null;
}

/** The nearest face of an unmirrored frame. */
export interface SeenFace {
  /** The box's centre, from the frame's centre; to the right and down are positive. */
  readonly offX: number;
  readonly offY: number;
  readonly width: number;
  /** Mean luma inside the box, 0-255. */
  readonly luma: number;
  /** Degrees as the server counts them; positive yaw is a nose towards larger x: the person's left. */
  readonly yawDeg: number;
  readonly pitchDeg: number;
}
