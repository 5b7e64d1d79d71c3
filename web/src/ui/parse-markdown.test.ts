import { describe, expect, it } from 'vitest';
import { parseBlocks, parseSpans } from './parse-markdown';

describe('parseBlocks', () => {
  it('finds headings, paragraphs over several lines, and lists', () => {
    expect(parseBlocks('# One\n\nTwo\nthree.\n\n- a\n- b\n  c\n\n1. x\n2. y')).toEqual([
      { kind: 'heading', level: 1, text: 'One' },
      { kind: 'paragraph', text: 'Two three.' },
      { kind: 'list', ordered: false, items: ['a', 'b c'] },
      { kind: 'list', ordered: true, items: ['x', 'y'] },
    ]);
  });

  it('reads lines that end as on Windows', () => {
    expect(parseBlocks('a\r\n\r\nb')).toHaveLength(2);
  });

  it('makes nothing of nothing', () => {
    expect(parseBlocks(' \n\n ')).toEqual([]);
  });
});

describe('parseSpans', () => {
  it('finds strong, emphasised, code and links', () => {
    expect(parseSpans('a **b** *c* `d` [e](https://example.org)')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'strong', text: 'b' },
      { kind: 'text', text: ' ' },
      { kind: 'emphasis', text: 'c' },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: 'd' },
      { kind: 'text', text: ' ' },
      { kind: 'link', text: 'e', href: 'https://example.org' },
    ]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'JaVaScRiPt:x'])(
    'follows no link to %s',
    (href) => {
      const text = `[click](${href})`;
      expect(parseSpans(text).every(({ kind }) => kind === 'text')).toBe(true);
      expect(
        parseSpans(text)
          .map((span) => span.text)
          .join(''),
      ).toBe(text);
    },
  );

  it('leaves tags as the text that they are', () => {
    expect(parseSpans('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ]);
  });
});
