import { createContext, useContext } from 'react';
import { en, type Words } from './en';
import type { Language } from './languages';

/** The words that components speak with, and the language they are in. */
export const WordsContext = createContext<{ words: Words; language: Language }>({
  words: en,
  language: 'en',
});

export const useWords = (): Words => useContext(WordsContext).words;

export const useLanguage = (): Language => useContext(WordsContext).language;
