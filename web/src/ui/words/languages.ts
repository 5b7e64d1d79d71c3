import { en, type Words } from './en';

export type Language = 'en' | 'de' | 'es';

/** The other languages come only to those who read them. */
const OTHERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Words>>> = {
  de: async () => (await import('./de')).de,
  es: async () => (await import('./es')).es,
};

/** Return the first of these BCP 47 tags that there are words for; English where none is. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [language] = tag.toLowerCase().split('-');
    if (language === 'en' || language === 'de' || language === 'es') return language;
  }
  return 'en';
}

/** Return the words of a language; English where they can't be loaded. */
export async function loadWords(language: Language): Promise<Words> {
  if (language === 'en') return en;
  return OTHERS[language]().catch(() => en);
}
