import { useEffect, useState } from 'react';

interface FlashProps {
  readonly colours: readonly string[];
  readonly slotMs: number;
}

/** The whole screen in one colour after another; what is looked at stays on top of it. */
export function Flash({ colours, slotMs }: FlashProps) {
  const [slot, setSlot] = useState(0);
  useEffect(() => {
    const timers = colours.map((_colour, number) =>
      setTimeout(() => {
        setSlot(number);
      }, number * slotMs),
    );
    return () => {
      timers.forEach(clearTimeout);
    };
  }, [colours, slotMs]);
  return (
    <svg className="live-flash" aria-hidden="true">
      <rect width="100%" height="100%" fill={colours[slot] ?? 'none'} />
    </svg>
  );
}
