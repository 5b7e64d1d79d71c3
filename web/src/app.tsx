import { QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { lazy, useEffect, useState } from 'react';
import { BrowserRouter, Route, Routes, useLocation } from 'react-router-dom';
import { hearOtherTabs } from './api/other-tabs';
import { createQueryClient } from './api/query-client';
import { sessionKey } from './api/queries';
import { basePath } from './base-path';
import { hasErased } from './pages/erased-entry';
import { Later } from './pages/later';
import { SignIn } from './pages/sign-in/sign-in';
import { Invitations } from './pages/sign-up/invitation';
import { Shell } from './ui/shell';
import type { Words } from './ui/words/en';
import type { Language } from './ui/words/languages';
import { WordsContext } from './ui/words/use-words';

// The sign-in page comes at once; the others when they are first wanted.
const Landing = lazy(async () => ({ default: (await import('./pages/landing')).Landing }));
const Welcome = lazy(async () => ({ default: (await import('./pages/welcome')).Welcome }));
const NotFound = lazy(async () => ({ default: (await import('./pages/not-found')).NotFound }));
const SignUp = lazy(async () => ({ default: (await import('./pages/sign-up/sign-up')).SignUp }));
const Erased = lazy(async () => ({ default: (await import('./pages/erased')).Erased }));
const Me = lazy(async () => ({ default: (await import('./pages/me/me')).Me }));

/** The whole app: what every page shares, and which address shows which page. */
export function App({ words, language }: { words: Words; language: Language }) {
  const [queryClient] = useState(createQueryClient);
  return (
    <WordsContext value={{ words, language }}>
      <QueryClientProvider client={queryClient}>
        <OtherTabs />
        <BrowserRouter basename={basePath}>
          <Invitations>
            <Pages />
          </Invitations>
        </BrowserRouter>
      </QueryClientProvider>
    </WordsContext>
  );
}

export function Pages() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<FrontDoor />} />
        <Route path="sign-in" element={<SignIn />} />
        <Route path="welcome" element={<Later page={<Welcome />} />} />
        <Route path="sign-up" element={<Later page={<SignUp />} />} />
        <Route path="me" element={<Later page={<Me />} />} />
        <Route path="*" element={<Later page={<NotFound />} />} />
      </Route>
    </Routes>
  );
}

/** Who has just erased their account comes out here, and is told that it is done. */
function FrontDoor() {
  const entry: { state: unknown } = useLocation();
  return <Later page={hasErased(entry.state) ? <Erased /> : <Landing />} />;
}

/** Whoever signs in or out in another tab does so here too. */
function OtherTabs() {
  const cache = useQueryClient();
  useEffect(
    () =>
      hearOtherTabs(() => {
        void cache.invalidateQueries({ queryKey: sessionKey });
      }),
    [cache],
  );
  return null;
}
