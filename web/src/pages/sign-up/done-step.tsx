import { ButtonLink } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import type { SignInEntry } from '../sign-in/sign-in-entry';

/** The account is there: what now? */
export function DoneStep({ username }: { username: string }) {
  const { signUp } = useWords();
  return (
    <Page name={signUp.title} heading={signUp.doneTitle(username)} lead={signUp.doneLead}>
      <div className="actions">
        <ButtonLink look="main" to="/sign-in" state={{ username } satisfies SignInEntry}>
          {signUp.signInNow}
        </ButtonLink>
      </div>
    </Page>
  );
}
