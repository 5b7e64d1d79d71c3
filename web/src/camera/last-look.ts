/** A picture that is there already, or still being encoded. */
type Picture = Blob | Promise<Blob | null>;

let last: Picture | null = null;

/** Keep what the camera saw last, in this page's memory only, until it is shown or another look begins. */
export function keepLastLook(picture: Picture | null): void {
  last = picture;
}

/** Return what the camera saw last, once. */
export function takeLastLook(): Picture | null {
  const picture = last;
  last = null;
  return picture;
}
