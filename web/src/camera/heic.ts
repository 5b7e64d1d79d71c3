const BRANDS = /^....ftyp(?:hei[cmsx]|hev[cmsx]|m[is]f[12])/s;
const BOX_BYTES = 12;

/** Tell whether a file is a photo as iPhones keep it, which few browsers can read. By its content. */
export async function isHeic(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, BOX_BYTES).arrayBuffer());
  return BRANDS.test(String.fromCharCode(...start));
}
