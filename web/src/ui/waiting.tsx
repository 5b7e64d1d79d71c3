import { useEffect, useState } from 'react';
import { useWords } from './words/use-words';

/** What takes less than this is not worth a word. */
const QUIET_MS = 250;

/** Says that something is under way, once it takes long enough to be noticed. */
export function Waiting({ sentence }: { sentence?: string }) {
  const { app } = useWords();
  const [noticed, setNoticed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setNoticed(true);
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return (
    <p className="waiting" role="status">
      {noticed && (sentence ?? app.loading)}
    </p>
  );
}
