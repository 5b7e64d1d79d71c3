import { useSession } from '../api/queries';
import { ButtonLink } from '../ui/button';
import { Portrait } from '../ui/portrait';
import { useWords } from '../ui/words/use-words';
import { Page } from './page';
import { AS_OTHER } from './sign-in/sign-in-entry';
import { useRegistration } from './sign-up/registration';

/** The front door. */
export function Landing() {
  const { landing } = useWords();
  const session = useSession();
  const registration = useRegistration();
  const username = session.data?.username;
  return (
    <Page heading={landing.title} lead={landing.lead} wide>
      <div className="landing-actions">
        {username ? (
          <>
            <ButtonLink look="main" to="/welcome">
              {landing.continueAs(username)}
            </ButtonLink>
            <ButtonLink to={AS_OTHER}>{landing.notYou}</ButtonLink>
          </>
        ) : (
          <>
            <ButtonLink look="main" to="/sign-in">
              {landing.signIn}
            </ButtonLink>
            {registration === 'open' || registration === 'unknown' ? (
              <ButtonLink to="/sign-up">{landing.signUp}</ButtonLink>
            ) : (
              <p className="landing-closed">{landing.notOpen[registration]}</p>
            )}
          </>
        )}
      </div>
      <Portrait label={landing.drawing} />
      <ul className="landing-points">
        {landing.points.map(({ title, text }) => (
          <li key={title}>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ul>
    </Page>
  );
}
