import { Suspense, type ReactNode } from 'react';
import { Waiting } from '../ui/waiting';

/** A page whose script is fetched when it is first wanted. */
export function Later({ page }: { page: ReactNode }) {
  return (
    <Suspense
      fallback={
        <main className="page page-narrow">
          <Waiting />
        </main>
      }
    >
      {page}
    </Suspense>
  );
}
