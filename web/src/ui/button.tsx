import type { ButtonHTMLAttributes, Ref } from 'react';
import { Link, type LinkProps } from 'react-router-dom';

type Look = 'main' | 'plain' | 'quiet' | 'danger';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  readonly look?: Look;
  readonly ref?: Ref<HTMLButtonElement>;
  /** Keeps its place and its focus, says so, and does nothing. */
  readonly busy?: boolean;
}

/** A button that can't be pressed twice while what it started is under way. */
export function Button({ look = 'plain', busy = false, type, onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      className={`button button-${look}`}
      aria-disabled={busy}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink({ look = 'plain', ...rest }: LinkProps & { readonly look?: Look }) {
  return <Link {...rest} className={`button button-${look}`} />;
}
