import { useCallback, useId, type ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  /** The person came to the page for this part: it is brought into view, and has the focus. */
  readonly arriveHere?: boolean;
  /** What has just been done here; it stands below the rest, where the person looks. */
  readonly done?: string | null;
  readonly children: ReactNode;
}

/** One part of a page, under its own heading. */
export function Section({ title, arriveHere = false, done = null, children }: SectionProps) {
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
      <p role="status" className="section-done">
        {done}
      </p>
    </section>
  );
}
