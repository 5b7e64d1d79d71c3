import { describe, expect, it } from 'vitest';
import { noticeLanguage } from './notice-language';

describe('noticeLanguage', () => {
  it.each([
    [['en', 'de'], ['de-AT', 'en'], 'de', 'de'],
    [['en', 'de', 'de-AT'], ['de-AT'], 'de', 'de-AT'],
    [['en', 'fr', 'de'], ['fr', 'de'], 'de', 'de'],
    [['en', 'fr', 'de-CH'], ['fr', 'de'], 'de', 'de-CH'],
    [['pt-BR', 'fr'], ['pt'], 'en', 'pt-BR'],
    [['fr', 'de'], ['ja', 'de'], 'en', 'de'],
    [['fr', 'de'], ['ja'], 'en', 'fr'],
    [['en'], [], 'en', 'en'],
    [[], ['de'], 'de', 'en'],
  ])('of %j for a reader of %j on a page in %s is %s', (offered, wanted, page, expected) => {
    expect(noticeLanguage(offered, wanted, page)).toBe(expected);
  });
});
