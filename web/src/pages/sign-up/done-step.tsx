import type { ReactNode } from 'react';
import { ButtonLink } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';

/** The account is there: what now? */
export function DoneStep({ progress, username }: { progress: ReactNode; username: string }) {
  const { signUp } = useWords();
  return (
    <Page name={signUp.title} heading={signUp.doneTitle(username)} lead={signUp.doneLead}>
      {progress}
      <div className="actions">
        <ButtonLink look="main" to="/sign-in" state={{ username }}>
          {signUp.signInNow}
        </ButtonLink>
      </div>
    </Page>
  );
}
