/** Long enough for any browser to have begun the download. */
const REVOKE_AFTER_MS = 10_000;

/** Have the browser save this text as a file in the person's downloads. */
export function saveFile(
  name: string,
  text: string,
  type: 'text/plain' | 'application/json',
): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, REVOKE_AFTER_MS);
}
