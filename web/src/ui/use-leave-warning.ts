import { useEffect } from 'react';

/** Ask before this page is left, by whatever way, while `active`: what it shows comes only once. */
export function useLeaveWarning(active: boolean, question: string): void {
  useEffect(() => {
    if (!active) return undefined;
    const ended = new AbortController();
    const { signal } = ended;
    window.addEventListener(
      'beforeunload',
      (event) => {
        event.preventDefault();
      },
      { signal },
    );
    askBeforeLinks(question, signal);
    askBeforeHistory(question, signal);
    return () => {
      ended.abort();
    };
  }, [active, question]);
}

function askBeforeLinks(question: string, signal: AbortSignal): void {
  const ask = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!link || staysHere(link) || window.confirm(question)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener('click', ask, { signal, capture: true });
}

function staysHere(link: Element): boolean {
  return (
    link.getAttribute('href')!.startsWith('#') ||
    link.hasAttribute('download') ||
    link.getAttribute('target') === '_blank'
  );
}

/** Back and Forward have happened already when they are told of: whoever stays is brought back. */
function askBeforeHistory(question: string, signal: AbortSignal): void {
  const { pathname } = window.location;
  let here = positionOf(window.history.state);
  let returning = false;
  const ask = (event: PopStateEvent) => {
    if (returning) {
      returning = false;
      event.stopImmediatePropagation();
      return;
    }
    const there = positionOf(event.state);
    if (window.location.pathname === pathname || window.confirm(question)) {
      here = there;
      return;
    }
    event.stopImmediatePropagation();
    returning = true;
    window.history.go(here - there || 1);
  };
  window.addEventListener('popstate', ask, { signal, capture: true });
}

/** Where a history entry stands, as the router counts them. */
function positionOf(state: unknown): number {
  const { idx } = (state ?? {}) as { idx?: unknown };
  return typeof idx === 'number' ? idx : 0;
}
