import type { ReactNode } from 'react';
import { Refusal } from '../ui/refusal';
import { useWords } from '../ui/words/use-words';
import { explain } from './explain';

interface RefusedProps {
  readonly error: Error;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** Shows why a request did not work, and the way on. */
export function Refused({ error, onRetry, children }: RefusedProps) {
  return (
    <Refusal {...explain(error, useWords())} {...(onRetry && { onRetry })}>
      {children}
    </Refusal>
  );
}
