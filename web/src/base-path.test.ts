import { expect, test } from 'vitest';
import { basePathOf } from './base-path';

const pageSaying = (head: string): Document =>
  new DOMParser().parseFromString(`<head>${head}</head>`, 'text/html');

test.each([
  ['<meta name="facelogin-base" content="/">', ''],
  ['<meta name="facelogin-base" content="/login/">', '/login'],
  ['<meta name="facelogin-base" content="/a/b/">', '/a/b'],
  ['<meta name="facelogin-base">', ''],
  ['', ''],
])('a page with %s is below "%s"', (head, path) => {
  expect(basePathOf(pageSaying(head))).toBe(path);
});
