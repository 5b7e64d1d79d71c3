import { useState, type SubmitEvent, type ReactNode } from 'react';
import { useNavigate } from 'react-router-dom';
import { useNotice } from '../../api/queries';
import { Button } from '../../ui/button';
import { Checkbox } from '../../ui/checkbox';
import { Markdown } from '../../ui/markdown';
import { Waiting } from '../../ui/waiting';
import { useLanguage, useWords } from '../../ui/words/use-words';
import { Page } from '../page';
import { Refused } from '../refused';

interface ConsentStepProps {
  readonly progress: ReactNode;
  readonly agreedTo: string | null;
  readonly noticeChanged: boolean;
  readonly onNext: (version: string) => void;
}

/** The operator's notice, and the person's yes. */
export function ConsentStep({ progress, agreedTo, noticeChanged, onNext }: ConsentStepProps) {
  const { signUp, codes } = useWords();
  const navigate = useNavigate();
  const notice = useNotice(useLanguage(), { anew: noticeChanged });
  const [agreed, setAgreed] = useState(agreedTo !== null);
  const [refused, setRefused] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!notice.data) return;
    setRefused(!agreed);
    if (agreed) onNext(notice.data.version);
  };
  return (
    <Page name={signUp.title} heading={signUp.consentTitle}>
      {progress}
      {noticeChanged && <p role="alert">{codes['consent_outdated']}</p>}
      {notice.data ? (
        <form className="form" noValidate onSubmit={submit}>
          <section
            className="notice"
            aria-label={signUp.noticeLabel}
            lang={notice.data.language}
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard
            tabIndex={0}
          >
            <Markdown text={notice.data.text} headingLevel={2} />
            <p className="notice-version">{signUp.noticeVersion(notice.data.version)}</p>
          </section>
          <Checkbox
            label={signUp.agree}
            checked={agreed}
            problem={refused && !agreed ? signUp.agreeNeeded : null}
            onCheck={setAgreed}
          />
          <div className="actions">
            <Button look="main" type="submit">
              {signUp.next}
            </Button>
            <Button onClick={() => void navigate(-1)}>{signUp.back}</Button>
          </div>
        </form>
      ) : notice.error ? (
        <Refused error={notice.error} onRetry={() => void notice.refetch()} />
      ) : (
        <Waiting />
      )}
    </Page>
  );
}
