/**
 * Choose among the languages that the notice is written in, by what the browser's person reads:
 * the very tag (`de-AT`), else the same language (`de`), else the first that there is.
 */
export function noticeLanguage(offered: readonly string[], wanted: readonly string[]): string {
  for (const tag of wanted) {
    const found =
      offered.find((language) => language.toLowerCase() === tag.toLowerCase()) ??
      offered.find((language) => primary(language) === primary(tag));
    if (found !== undefined) return found;
  }
  return offered[0] ?? 'en';
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-')[0]!;
}
