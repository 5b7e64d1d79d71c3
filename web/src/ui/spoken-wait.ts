/** How much of a wait is left when it is worth saying aloud, in seconds. */
const MARKS_S = [0, 10, 30, 60, 120, 300, 600, 1_800, 3_600];

/**
 * Return the mark of the countdown from `waitS` that was passed last: what a screen reader is told,
 * a few times in all, where the page shows every second.
 */
export function spokenWait(leftS: number, waitS: number): number {
  return MARKS_S.find((mark) => mark >= leftS && mark < waitS) ?? waitS;
}
