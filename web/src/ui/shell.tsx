import { lazy, Suspense, useEffect } from 'react';
import { Link, Outlet, useLocation } from 'react-router-dom';
import { ErrorBoundary } from './error-boundary';
import { keepFocus } from './keep-focus';
import { Mark } from './mark';
import { useWords } from './words/use-words';

/** Nothing is told in passing before the page has been used; without it the pages work as well. */
const Toasts = lazy(async () => {
  const { Toasts: Loaded } = await import('./toasts').catch(() => ({ Toasts: () => null }));
  return { default: Loaded };
});

/** What surrounds every page. */
export function Shell() {
  const { app } = useWords();
  const { pathname } = useLocation();
  useEffect(keepFocus, []);
  return (
    <>
      <a className="skip" href="#content">
        {app.skip}
      </a>
      <header className="masthead">
        <Link to="/" className="masthead-name">
          <Mark />
          <span>{app.name}</span>
        </Link>
        <Suspense fallback={null}>
          <Toasts />
        </Suspense>
      </header>
      <ErrorBoundary key={pathname}>
        <Outlet />
      </ErrorBoundary>
      <footer className="footer">
        <p>{app.footer}</p>
      </footer>
    </>
  );
}
