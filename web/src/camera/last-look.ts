/** A picture that is there already, or still being encoded. */
type Picture = Blob | Promise<Blob | null>;

let last: Picture | null = null;

/** Keep what the camera saw last, in this page's memory only; forget it for null. */
export function keepLastLook(picture: Picture | null): void {
  last = picture;
}

/** Return what the camera saw last; null for nothing. */
export async function lastLook(): Promise<Blob | null> {
  return last;
}
