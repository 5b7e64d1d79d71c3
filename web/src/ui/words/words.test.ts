import { describe, expect, it } from 'vitest';
import { de } from './de';
import { en } from './en';
import { es } from './es';
import { chooseLanguage, loadWords } from './languages';

/** Every entry by its path; functions called with something to see what they say. */
function entries(table: unknown, path = ''): [string, string][] {
  if (typeof table === 'function') {
    return [[path, String((table as (...values: unknown[]) => unknown)(2, 3, 'x'))]];
  }
  if (typeof table === 'object' && table !== null) {
    return Object.entries(table).flatMap(([key, value]) => entries(value, `${path}.${key}`));
  }
  return [[path, String(table)]];
}

describe.each([
  ['de', de],
  ['es', es],
])('the words of %s', (_language, words) => {
  it('are for the same occasions as the English ones', () => {
    expect(entries(words).map(([path]) => path)).toEqual(entries(en).map(([path]) => path));
  });

  it('leave nothing unsaid', () => {
    expect(entries(words).filter(([, sentence]) => sentence.trim() === '')).toEqual([]);
  });

  it('are not left in English', () => {
    const english = new Map(entries(en));
    const same = entries(words).filter(
      ([path, sentence]) => english.get(path) === sentence && sentence.includes(' '),
    );
    expect(same.map(([path]) => path)).toEqual(['.app.title']);
  });
});

describe('chooseLanguage', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'es-MX'], 'es'],
    [['en-GB', 'de'], 'en'],
    [['ja'], 'en'],
    [[], 'en'],
  ] as const)('of %j is %s', (wanted, expected) => {
    expect(chooseLanguage(wanted)).toBe(expected);
  });
});

it('loads the words of the language that was chosen', async () => {
  expect(await loadWords('de')).toBe(de);
  expect(await loadWords('en')).toBe(en);
});
