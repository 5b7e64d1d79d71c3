import { useMemo } from 'react';
import { useLanguage } from '../ui/words/use-words';

/** Write RFC 3339 moments the way the person's language does, in their own time zone. */
export function useDates() {
  const language = useLanguage();
  return useMemo(() => {
    const locale = regional(language);
    const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
    const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    const both = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
    return {
      date: (moment: string) => day.format(new Date(moment)),
      time: (moment: string) => clock.format(new Date(moment)),
      moment: (moment: string) => both.format(new Date(moment)),
    };
  }, [language]);
}

/** The person's own variety of the language, `en-GB` say, for the order of day and month. */
function regional(language: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}
