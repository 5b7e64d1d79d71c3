import { ButtonLink } from '../ui/button';
import { useWords } from '../ui/words/use-words';
import { Page } from './page';

/** What any other address shows. */
export function NotFound() {
  const { notFound } = useWords();
  return (
    <Page heading={notFound.title} lead={notFound.lead}>
      <div className="actions">
        <ButtonLink look="main" to="/">
          {notFound.home}
        </ButtonLink>
      </div>
    </Page>
  );
}
