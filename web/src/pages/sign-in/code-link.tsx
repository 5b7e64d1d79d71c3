import { Link } from 'react-router-dom';
import { useWords } from '../../ui/words/use-words';
import { BY_CODE, type SignInEntry } from './sign-in-entry';

interface CodeLinkProps {
  /** Whose code it would be; empty where that is not known yet. */
  readonly username: string;
  readonly from?: string | undefined;
}

/** The other way in, one tap away. */
export function CodeLink({ username, from }: CodeLinkProps) {
  const { recovery } = useWords();
  return (
    <p>
      {recovery.cannot}{' '}
      <Link to={BY_CODE} state={{ username, from } satisfies SignInEntry}>
        {recovery.useCode}
      </Link>
    </p>
  );
}
