import { useCallback, useId, type ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  /** The person came to the page for this part: it is brought into view, and has the focus. */
  readonly arriveHere?: boolean;
  readonly children: ReactNode;
}

/** One part of a page, under its own heading. */
export function Section({ title, arriveHere = false, children }: SectionProps) {
  const id = useId();
  const arrive = useCallback(
    (section: HTMLElement | null) => {
      if (!section || !arriveHere) return;
      section.querySelector('h2')?.focus({ preventScroll: true });
      section.scrollIntoView({ block: 'start' });
    },
    [arriveHere],
  );
  return (
    <section ref={arrive} className="section" aria-labelledby={id}>
      <h2 id={id} tabIndex={arriveHere ? -1 : undefined}>
        {title}
      </h2>
      {children}
    </section>
  );
}
