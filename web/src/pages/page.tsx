import { useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from 'react-router-dom';
import { FIELD } from '../ui/field-selector';
import { settleFocus } from '../ui/keep-focus';
import { useWords } from '../ui/words/use-words';

interface PageProps {
  /** The page's name in the window's title; the heading's own words where it is left out. */
  readonly name?: string;
  readonly heading: string;
  readonly lead?: ReactNode;
  readonly wide?: boolean;
  /** The person came for a part of the page, which takes the focus itself. */
  readonly cameForPart?: boolean;
  readonly children?: ReactNode;
}

/** One page: its title, its heading, and its content. On arrival the first field has the focus. */
export function Page(props: PageProps) {
  const { name, heading, lead, wide = false, cameForPart = false, children } = props;
  const { app } = useWords();
  const page = useRef<HTMLElement>(null);
  const { key } = useLocation();
  const title = app.title(name ?? heading);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (!cameForPart) focusFirst(page.current!);
  }, [key, heading, cameForPart]);
  return (
    <main
      ref={page}
      id="content"
      className={wide ? 'page page-wide' : 'page page-narrow'}
      tabIndex={-1}
    >
      <h1 tabIndex={-1}>{heading}</h1>
      {lead && <p className="lead">{lead}</p>}
      {children}
    </main>
  );
}

/** Focus the first field that is wrong, else the first field, else the heading. */
function focusFirst(page: HTMLElement): void {
  window.scrollTo(0, 0);
  const first =
    page.querySelector<HTMLElement>('[aria-invalid="true"]') ??
    page.querySelector<HTMLElement>(FIELD) ??
    page.querySelector<HTMLElement>('h1')!;
  settleFocus(first);
}
