import { describe, expect, it } from 'vitest';
import { noticeLanguage } from './notice-language';

describe('noticeLanguage', () => {
  it.each([
    [['en', 'de'], ['de-AT', 'en'], 'de'],
    [['en', 'de', 'de-AT'], ['de-AT'], 'de-AT'],
    [['pt-BR'], ['pt'], 'pt-BR'],
    [['fr', 'de'], ['ja', 'de'], 'de'],
    [['fr', 'de'], ['ja'], 'fr'],
    [['en'], [], 'en'],
    [[], ['de'], 'en'],
  ])('of %j for a reader of %j is %s', (offered, wanted, expected) => {
    expect(noticeLanguage(offered, wanted)).toBe(expected);
  });
});
