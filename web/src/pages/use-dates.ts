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
    const nearby = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    return {
      date: (moment: string) => day.format(new Date(moment)),
      /** The time of day; with "tomorrow", "yesterday" or the date if that is not today's. */
      time: (moment: string) => {
        const date = new Date(moment);
        const days = daysBetween(new Date(), date);
        if (days === 0) return clock.format(date);
        if (Math.abs(days) > 1) return both.format(date);
        return `${nearby.format(days, 'day')}, ${clock.format(date)}`;
      },
      moment: (moment: string) => both.format(new Date(moment)),
    };
  }, [language]);
}

/** The person's own variety of the language, `en-GB` say, for the order of day and month. */
function regional(language: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** Whole days of the calendar from one moment to another, in the person's time zone. */
function daysBetween(from: Date, to: Date): number {
  const [first, last] = [from, to].map((date) =>
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()),
  );
  return (last! - first!) / 86_400_000;
}
