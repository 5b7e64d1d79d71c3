import type { ReactNode } from 'react';
import { useNavigate } from 'react-router-dom';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words/use-words';
import { NoticeForm } from '../notice-form';
import { Page } from '../page';

interface ConsentStepProps {
  /** What the page is called. */
  readonly name: string;
  readonly lead?: string;
  readonly progress?: ReactNode;
  readonly agreedTo: string | null;
  readonly noticeChanged: boolean;
  readonly onNext: (version: string) => void;
  /** What stands below: other ways on. */
  readonly children?: ReactNode;
}

/** The operator's notice, and the person's yes. */
export function ConsentStep(props: ConsentStepProps) {
  const { name, lead, progress, agreedTo, noticeChanged, onNext, children } = props;
  const { signUp, codes } = useWords();
  const navigate = useNavigate();
  return (
    <Page name={name} heading={signUp.consentTitle} lead={lead}>
      {progress}
      {noticeChanged && <p role="alert">{codes['consent_outdated']}</p>}
      <NoticeForm
        headingLevel={2}
        agreedAlready={agreedTo !== null}
        anew={noticeChanged}
        onAgree={onNext}
      >
        <Button onClick={() => void navigate(-1)}>{signUp.back}</Button>
      </NoticeForm>
      {children}
    </Page>
  );
}
