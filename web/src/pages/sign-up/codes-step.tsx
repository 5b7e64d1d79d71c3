import type { ReactNode } from 'react';
import { useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { KeepCodes } from '../recovery/keep-codes';
import type { Registered } from './sign-up-flow';

interface CodesStepProps {
  readonly progress: ReactNode;
  readonly registered: Registered;
  readonly onKept: () => void;
}

/** The way in without a face, shown this once. */
export function CodesStep({ progress, registered, onKept }: CodesStepProps) {
  const { recovery, signUp } = useWords();
  return (
    <Page name={signUp.title} heading={recovery.keepTitle} lead={recovery.keepLead}>
      {progress}
      <KeepCodes username={registered.username} codes={registered.codes} onKept={onKept} />
    </Page>
  );
}
