import { useEffect } from 'react';
import { Link, Outlet, useLocation } from 'react-router-dom';
import { ErrorBoundary } from './error-boundary';
import { keepFocus } from './keep-focus';
import { Mark } from './mark';
import { Toasts } from './toasts';
import { useWords } from './words/use-words';

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
        <Toasts />
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
