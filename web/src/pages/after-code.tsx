import { useAccount } from '../api/queries';
import { ButtonLink } from '../ui/button';
import { useWords } from '../ui/words/use-words';
import { FACE_OPEN } from './me/me-entry';

/** For who came in by a recovery code: how many are left, and the way to a face that works again. */
export function AfterCode({ userId }: { userId: string }) {
  const { recovery } = useWords();
  const left = useAccount(userId).data?.recovery_codes_left;
  return (
    <div className="aside aside-stacked">
      <p>{recovery.usedOne}</p>
      <p>{recovery.enrolLead}</p>
      <ButtonLink look="main" to="/me" state={FACE_OPEN}>
        {recovery.enrol}
      </ButtonLink>
      {left !== undefined && <p>{recovery.left(left)}</p>}
    </div>
  );
}
