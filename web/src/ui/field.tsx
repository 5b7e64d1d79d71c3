import { useId, type InputHTMLAttributes } from 'react';

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'onChange'> {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | null | undefined;
  readonly onText: (text: string) => void;
}

/** A text field with its label, and below it either what is expected or what is wrong. */
export function Field({ label, hint, problem, onText, ...input }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className="field" data-wrong={Boolean(problem)}>
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-invalid={problem ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        onChange={({ target }) => {
          onText(target.value);
        }}
      />
      {note && (
        <p id={`${id}-note`} className="field-note">
          {note}
        </p>
      )}
    </div>
  );
}
