import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './pages/pages.css';
import { chooseLanguage, loadWords } from './ui/words/languages';

const language = chooseLanguage(navigator.languages);
const words = await loadWords(language);
document.documentElement.lang = language;

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no element with the id "app".');
createRoot(root).render(
  <StrictMode>
    <App words={words} language={language} />
  </StrictMode>,
);
