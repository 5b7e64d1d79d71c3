import { useCallback, type ReactNode } from 'react';
import { Button } from './button';
import { useCountdown } from './use-countdown';
import { useWords } from './words/use-words';

interface RefusalProps {
  readonly sentence: string;
  /** What the operator can look up. */
  readonly reference?: string | null;
  /** How long to wait, counted down; the way on opens after that. */
  readonly waitS?: number | null;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** Says what did not work, when it can be tried again, and how. */
export function Refusal({ sentence, reference, waitS, onRetry, children }: RefusalProps) {
  const words = useWords();
  const leftS = useCountdown(waitS ?? 0);
  // What was pressed or looked at before has gone; the keyboard goes on from here.
  const takeLostFocus = useCallback((element: HTMLElement | null) => {
    if (document.activeElement === document.body) element?.focus();
  }, []);
  return (
    <div className="refusal" ref={takeLostFocus} tabIndex={-1}>
      <div role="alert">
        <p className="refusal-sentence">{sentence}</p>
        {reference && <p className="refusal-reference">{words.failure.reference(reference)}</p>}
      </div>
      {waitS ? <p className="refusal-wait">{waitSentence(leftS, words.failure)}</p> : null}
      {onRetry && (
        <Button look="main" busy={leftS > 0} onClick={onRetry}>
          {words.failure.tryAgain}
        </Button>
      )}
      {children}
    </div>
  );
}

function waitSentence(leftS: number, words: ReturnType<typeof useWords>['failure']): string {
  if (leftS <= 0) return words.mayRetry;
  return leftS < 120 ? words.waitSeconds(leftS) : words.waitMinutes(Math.ceil(leftS / 60));
}
