import type { Account, SessionState } from '../../api/requests';
import { useMakeRecoveryCodes } from '../../api/account-changes';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
import { Refused } from '../refused';
import { FreshLook } from './fresh-look';
import { Section } from './section';
import { useUnfolding } from './use-unfolding';

interface RecoverySectionProps {
  readonly account: Account;
  readonly session: SessionState;
  readonly onCodes: (codes: readonly string[]) => void;
}

/** How many recovery codes are left, and a way to new ones. */
export function RecoverySection({ account, session, onCodes }: RecoverySectionProps) {
  const { recovery } = useWords();
  const { open, unfold, fold, opener } = useUnfolding();
  const left = account.recovery_codes_left;
  return (
    <Section title={recovery.title}>
      <p>{recovery.left(left)}</p>
      {open ? (
        <FreshLook session={session} onCancel={fold}>
          {(lookAgain) => (
            <MakeCodes
              onCodes={(codes) => {
                fold();
                onCodes(codes);
              }}
              onStale={lookAgain}
              onCancel={fold}
            />
          )}
        </FreshLook>
      ) : (
        <>
          <p className="quiet">{recovery.renewLead}</p>
          <Button ref={opener} onClick={unfold}>
            {recovery.renew}
          </Button>
        </>
      )}
    </Section>
  );
}

interface MakeCodesProps {
  readonly onCodes: (codes: readonly string[]) => void;
  readonly onStale: () => void;
  readonly onCancel: () => void;
}

/** The last word before the old codes end. */
function MakeCodes({ onCodes, onStale, onCancel }: MakeCodesProps) {
  const { me, recovery } = useWords();
  const making = useMakeRecoveryCodes();
  return (
    <>
      <p>{recovery.renewWarning}</p>
      {making.error && <Refused error={making.error} />}
      <div className="actions">
        <Button
          look="main"
          busy={making.isPending}
          onClick={() => {
            making.mutate(undefined, {
              onSuccess: ({ recovery_codes: codes }) => {
                onCodes(codes);
              },
              onError: (error) => {
                if (codeOf(error) === 'fresh_login_required') onStale();
              },
            });
          }}
        >
          {recovery.renewNow}
        </Button>
        <Button onClick={onCancel}>{me.cancel}</Button>
      </div>
    </>
  );
}
