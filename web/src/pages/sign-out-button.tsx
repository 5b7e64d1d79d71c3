import { useNavigate } from 'react-router-dom';
import { useLogOut } from '../api/session-changes';
import { Button } from '../ui/button';
import { tell } from '../ui/toasts';
import { useWords } from '../ui/words/use-words';
import { Refused } from './refused';

/** Ends this browser's session and goes to the front door. */
export function SignOutButton() {
  const { welcome } = useWords();
  const navigate = useNavigate();
  const logOut = useLogOut(() => {
    void navigate('/');
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
        {welcome.signOut}
      </Button>
      {logOut.error && <Refused error={logOut.error} />}
    </>
  );
}
