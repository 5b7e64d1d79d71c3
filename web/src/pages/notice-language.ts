/**
 * Choose among the languages that the notice is written in: the page's own, in the variety that the
 * browser's person reads (`de-AT`) where there is one; else by what they read, in their order: the
 * very tag, then the same language; else the first that there is.
 */
export function noticeLanguage(
  offered: readonly string[],
  wanted: readonly string[],
  page: string,
): string {
  const ofPage = wanted.filter((tag) => primary(tag) === page);
  for (const tag of [...ofPage, page, ...wanted]) {
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
