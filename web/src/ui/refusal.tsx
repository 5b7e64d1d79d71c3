import { useState, type ReactNode } from 'react';
import { Button } from './button';
import { spokenWait } from './spoken-wait';
import { useCountdown } from './use-countdown';
import { useLostFocus } from './use-lost-focus';
import { useWords } from './words/use-words';

interface RefusalProps {
  readonly sentence: string;
  /** What the operator can look up. */
  readonly reference?: string | null;
  /** Until when to wait, by `performance.now()`, counted down; the way on opens after that. */
  readonly waitUntilMs?: number | null;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** Says what did not work, when it can be tried again, and how. */
export function Refusal({ sentence, reference, waitUntilMs, onRetry, children }: RefusalProps) {
  const words = useWords();
  const leftS = useCountdown(waitUntilMs ?? null);
  // What was pressed or looked at before has gone; the keyboard goes on from here.
  const takeLostFocus = useLostFocus();
  return (
    <div className="refusal" ref={takeLostFocus} tabIndex={-1}>
      <div role="alert">
        <p className="refusal-sentence">{sentence}</p>
        {reference && <p className="refusal-reference">{words.failure.reference(reference)}</p>}
      </div>
      {waitUntilMs != null && <Wait leftS={leftS} />}
      {onRetry && (
        <Button look="main" busy={leftS > 0} onClick={onRetry}>
          {words.failure.tryAgain}
        </Button>
      )}
      {children}
    </div>
  );
}

/** The wait: every second for the eye, now and then for the ear. */
function Wait({ leftS }: { leftS: number }) {
  const { failure } = useWords();
  const [waitS] = useState(leftS);
  return (
    <>
      <p className="refusal-wait" role="timer">
        {waitSentence(leftS, failure)}
      </p>
      <p className="visually-hidden" role="status">
        {waitSentence(spokenWait(leftS, waitS), failure)}
      </p>
    </>
  );
}

function waitSentence(leftS: number, words: ReturnType<typeof useWords>['failure']): string {
  if (leftS <= 0) return words.mayRetry;
  return leftS < 120 ? words.waitSeconds(leftS) : words.waitMinutes(Math.ceil(leftS / 60));
}
