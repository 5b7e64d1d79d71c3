import { renderHook } from '@testing-library/react';
import { createElement, type ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { en } from '../ui/words/en';
import type { Language } from '../ui/words/languages';
import { WordsContext } from '../ui/words/use-words';
import { useDates } from './use-dates';

const local = (day: number, hour: number) => new Date(2030, 0, day, hour, 5).toISOString();

describe('the time that a session ends', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(2030, 0, 10, 22, 30) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each<[Language, number, number, RegExp]>([
    ['en', 10, 23, /^11:05\sPM$/],
    ['en', 11, 14, /^tomorrow, 2:05\sPM$/],
    ['en', 12, 14, /^Jan 12, 2030, 2:05\sPM$/],
    ['en', 9, 14, /^yesterday, 2:05\sPM$/],
    ['de', 11, 14, /^morgen, 14:05$/],
    ['es', 11, 14, /^mañana, 14:05$/],
  ])('names the day in %s if it is not today: %i, %i', (language, day, hour, said) => {
    const { result } = renderHook(() => useDates(), {
      wrapper: ({ children }: { children: ReactNode }) =>
        createElement(WordsContext, { value: { words: en, language } }, children),
    });
    expect(result.current.time(local(day, hour))).toMatch(said);
  });
});
