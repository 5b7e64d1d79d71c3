import { expect, it } from 'vitest';
import { isHeic } from './heic';

it.each([
  ['ftypheic', true],
  ['ftypheix', true],
  ['ftyphevc', true],
  ['ftypmif1', true],
  ['ftypmsf1', true],
  ['ftypavif', false],
  ['ftypisom', false],
  ['heicftyp', false],
])('a file with the brand %s is HEIC: %s', async (brand, expected) => {
  expect(await isHeic(new Blob(['\0\0\0\n', brand, 'whatever follows']))).toBe(expected);
});

it('an empty file is not HEIC', async () => {
  expect(await isHeic(new Blob([]))).toBe(false);
});
