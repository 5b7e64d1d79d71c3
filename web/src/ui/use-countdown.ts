import { useEffect, useState } from 'react';

/** Count whole seconds down to 0, by the clock: a tab that slept wakes up at the right number. */
export function useCountdown(seconds: number): number {
  const [leftS, setLeftS] = useState(seconds);
  useEffect(() => {
    const endMs = performance.now() + seconds * 1000;
    const tell = () => {
      const left = Math.max(0, Math.ceil((endMs - performance.now()) / 1000));
      setLeftS(left);
      if (left === 0) clearInterval(timer);
    };
    const timer = setInterval(tell, 250);
    tell();
    return () => {
      clearInterval(timer);
    };
  }, [seconds]);
  return leftS;
}
