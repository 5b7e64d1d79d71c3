import { lazy, Suspense, type ComponentType } from 'react';

// What can't be fetched is left out: the way on stands without it.
const Parts = lazy<ComponentType<{ error: Error }>>(async () => {
  const { AfterLookParts } = await import('./after-look-parts').catch(() => ({
    AfterLookParts: () => null,
  }));
  return { default: AfterLookParts };
});

/** After a look that did not pass: what may help with the next one. */
export function AfterLook({ error }: { error: Error }) {
  return (
    <Suspense fallback={null}>
      <Parts error={error} />
    </Suspense>
  );
}
