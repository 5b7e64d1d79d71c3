import { ButtonLink } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';

type WhyNot = 'closed' | 'invitationNeeded' | 'invitationSpent';

/** Says why nobody can register here now, and what to do. */
export function NotOpen({ why }: { why: WhyNot }) {
  const { signUp } = useWords();
  const { title, text } = signUp.notOpen[why];
  return (
    <Page heading={title} lead={text}>
      <div className="actions">
        <ButtonLink look="main" to="/sign-in">
          {signUp.signInInstead}
        </ButtonLink>
      </div>
    </Page>
  );
}
