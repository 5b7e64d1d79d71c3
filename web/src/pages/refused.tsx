import type { ReactNode } from 'react';
import { Refusal } from '../ui/refusal';
import { useWords } from '../ui/words/use-words';
import { explain } from './explain';

interface RefusedProps {
  readonly error: Error;
  /** What to say where the page knows better than the code of the error. */
  readonly sentence?: string | undefined;
  /** Whether a wait is counted down. */
  readonly waiting?: boolean;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** Shows why a request did not work, and the way on. */
export function Refused({ error, sentence, waiting = true, onRetry, children }: RefusedProps) {
  const explanation = explain(error, useWords());
  return (
    <Refusal
      {...explanation}
      sentence={sentence ?? explanation.sentence}
      waitUntilMs={waiting ? explanation.waitUntilMs : null}
      {...(onRetry && { onRetry })}
    >
      {children}
    </Refusal>
  );
}
