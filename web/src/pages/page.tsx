import { useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from 'react-router-dom';
import { useWords } from '../ui/words/use-words';

interface PageProps {
  /** The page's name in the window's title; the heading's own words where it is left out. */
  readonly name?: string;
  readonly heading: string;
  readonly lead?: ReactNode;
  readonly wide?: boolean;
  /** The person did something that led here without a change of address. */
  readonly arrived?: boolean;
  /** The person came for a part of the page, which takes the focus itself. */
  readonly cameForPart?: boolean;
  readonly children?: ReactNode;
}

/** One page: its title, its heading (where focus goes on arrival), and its content. */
export function Page(props: PageProps) {
  const {
    name,
    heading,
    lead,
    wide = false,
    arrived = false,
    cameForPart = false,
    children,
  } = props;
  const { app } = useWords();
  const headingRef = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation();
  const title = app.title(name ?? heading);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    // The first page of a visit is announced by its title; focus stays before the skip link.
    if (cameForPart) return;
    if (arrived || key !== 'default') headingRef.current?.focus();
  }, [key, heading, arrived, cameForPart]);
  return (
    <main id="content" className={wide ? 'page page-wide' : 'page page-narrow'} tabIndex={-1}>
      <h1 ref={headingRef} tabIndex={-1}>
        {heading}
      </h1>
      {lead && <p className="lead">{lead}</p>}
      {children}
    </main>
  );
}
