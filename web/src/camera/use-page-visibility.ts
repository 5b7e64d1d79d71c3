import { useEffect, useEffectEvent } from 'react';

/** Tell when nobody can see the page any more, and when somebody can again. */
export function usePageVisibility(onChange: (hidden: boolean) => void): void {
  const tell = useEffectEvent(() => {
    onChange(document.hidden);
  });
  useEffect(() => {
    const heard = () => {
      tell();
    };
    document.addEventListener('visibilitychange', heard);
    return () => {
      document.removeEventListener('visibilitychange', heard);
    };
  }, []);
}
