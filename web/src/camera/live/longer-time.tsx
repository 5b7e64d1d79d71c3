import { useState } from 'react';
import type { LiveWords } from './live-words';
import './longer-time.css';

const KEY = 'facelogin-longer-time';

/** Whether the person chose to have more time, in this visit. */
export function longerTimeChosen(): boolean {
  try {
    return sessionStorage.getItem(KEY) === 'yes';
  } catch {
    return false;
  }
}

function choose(longer: boolean): void {
  try {
    if (longer) sessionStorage.setItem(KEY, 'yes');
    else sessionStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing forgets the choice with the next look.
  }
}

interface LongerTimeProps {
  readonly words: LiveWords;
  readonly onChange?: (longer: boolean) => void;
}

/** The choice of more time for each turn, from the next look on. */
export function LongerTime({ words, onChange }: LongerTimeProps) {
  const [longer, setLonger] = useState(longerTimeChosen);
  return (
    <label className="live-choice">
      <input
        type="checkbox"
        checked={longer}
        onChange={({ target }) => {
          choose(target.checked);
          setLonger(target.checked);
          onChange?.(target.checked);
        }}
      />
      <span>{words.longerTime}</span>
    </label>
  );
}
