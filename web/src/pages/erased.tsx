import { ButtonLink } from '../ui/button';
import { useWords } from '../ui/words/use-words';
import { Page } from './page';

/** The account is gone, and whose it was is signed out. */
export function Erased() {
  const { erased } = useWords();
  return (
    <Page heading={erased.title} lead={erased.lead}>
      <p>{erased.rest}</p>
      <div className="actions">
        <ButtonLink to="/">{erased.home}</ButtonLink>
      </div>
    </Page>
  );
}
