import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';
import { keepInvitation, keptInvitation } from './draft';

const INVITE = /^#invite=([\w.~-]+)$/;

const InvitationContext = createContext<string | null>(null);

/** The token of the invitation that this visit came with; null where it came without. */
export const useInvitation = (): string | null => useContext(InvitationContext);

/**
 * Takes the token of an invitation out of the address and keeps it for this visit, in this tab: no
 * history entry, bookmark or screenshot of the address shows it afterwards.
 */
export function Invitations({ children }: { children: ReactNode }) {
  const { hash, pathname, search } = useLocation();
  const navigate = useNavigate();
  const arrived = INVITE.exec(hash)?.[1] ?? null;
  const [invite, setInvite] = useState(() => arrived ?? keptInvitation());
  if (arrived !== null && arrived !== invite) setInvite(arrived);
  useEffect(() => {
    if (arrived === null) return;
    keepInvitation(arrived);
    void navigate({ pathname, search }, { replace: true });
  }, [arrived, navigate, pathname, search]);
  return <InvitationContext value={invite}>{children}</InvitationContext>;
}
