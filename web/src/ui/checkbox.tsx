import { useId } from 'react';

interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly problem?: string | null;
  readonly onCheck: (checked: boolean) => void;
}

/** A box to tick, large enough for a thumb. */
export function Checkbox({ label, checked, problem, onCheck }: CheckboxProps) {
  const id = useId();
  return (
    <div className="checkbox" data-wrong={Boolean(problem)}>
      <label>
        <input
          type="checkbox"
          checked={checked}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-note` : undefined}
          onChange={({ target }) => {
            onCheck(target.checked);
          }}
        />
        <span>{label}</span>
      </label>
      {problem && (
        <p id={`${id}-note`} className="field-note">
          {problem}
        </p>
      )}
    </div>
  );
}
