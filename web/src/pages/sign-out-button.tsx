import { useNavigate } from 'react-router-dom';
import { useLogOut } from '../api/session-changes';
import { Button } from '../ui/button';
import { tell } from '../ui/toasts';
import { useWords } from '../ui/words/use-words';
import { Refused } from './refused';
import { forgetSignUp } from './sign-up/draft';
import { AS_OTHER } from './sign-in/sign-in-entry';

/** Ends this browser's session and goes to the front door. */
export function SignOutButton() {
  const { welcome } = useWords();
  const navigate = useNavigate();
  return <LeaveButton words={welcome.signOut} leave={() => void navigate('/')} />;
}

/** For who was taken for somebody else: ends that session at once, and asks for a name. */
export function NotMeButton() {
  const { welcome } = useWords();
  const navigate = useNavigate();
  return <LeaveButton words={welcome.notMe} leave={() => void navigate(AS_OTHER)} />;
}

function LeaveButton({ words, leave }: { words: string; leave: () => void }) {
  const { welcome } = useWords();
  const logOut = useLogOut(() => {
    forgetSignUp();
    leave();
    tell(welcome.signedOut);
  });
  return (
    <>
      <Button
        busy={logOut.isPending}
        onClick={() => {
          logOut.mutate();
        }}
      >
        {words}
      </Button>
      {logOut.error && <Refused error={logOut.error} />}
    </>
  );
}
