import { useConfig } from '../../api/queries';
import { useInvitation } from './invitation';

/** Whether a new person may register here, as far as this visit knows. */
export type Registration = 'unknown' | 'open' | 'invitation_needed' | 'closed';

export function useRegistration(): Registration {
  const mode = useConfig().data?.registration;
  const invited = useInvitation() !== null;
  if (mode === undefined) return 'unknown';
  if (mode === 'invite') return invited ? 'open' : 'invitation_needed';
  return mode;
}
