import { lazy, Suspense } from 'react';

const Parts = lazy(async () => ({ default: (await import('./after-look-parts')).AfterLookParts }));

/** After a look that did not pass: what may help with the next one. */
export function AfterLook({ error }: { error: Error }) {
  return (
    <Suspense fallback={null}>
      <Parts error={error} />
    </Suspense>
  );
}
