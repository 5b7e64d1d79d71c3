import { useState, type SubmitEvent, type ReactNode } from 'react';
import { useConfig, useNotice } from '../api/queries';
import { Button } from '../ui/button';
import { Checkbox } from '../ui/checkbox';
import { Waiting } from '../ui/waiting';
import { useLanguage, useWords } from '../ui/words/use-words';
import { noticeLanguage } from './notice-language';
import { NoticeText } from './notice-text';
import { Refused } from './refused';

interface NoticeFormProps {
  readonly headingLevel: 2 | 3;
  readonly agreedAlready: boolean;
  /** The notice that was shown before is out of date. */
  readonly anew: boolean;
  readonly busy?: boolean;
  readonly onAgree: (version: string) => void;
  /** What stands beside the button that goes on. */
  readonly children?: ReactNode;
}

/** The operator's notice, and the person's yes. */
export function NoticeForm(props: NoticeFormProps) {
  const { headingLevel, agreedAlready, anew, busy = false, onAgree, children } = props;
  const { signUp } = useWords();
  const config = useConfig();
  const language = noticeLanguage(config.data?.languages ?? [], navigator.languages, useLanguage());
  const notice = useNotice(language, { anew });
  const [agreed, setAgreed] = useState(agreedAlready);
  const [refused, setRefused] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!notice.data || busy) return;
    setRefused(!agreed);
    if (agreed) onAgree(notice.data.version);
    else event.currentTarget.querySelector('input')?.focus();
  };
  if (!notice.data) {
    return notice.error ? (
      <Refused error={notice.error} onRetry={() => void notice.refetch()} />
    ) : (
      <Waiting />
    );
  }
  return (
    <form className="form" noValidate onSubmit={submit}>
      <NoticeText notice={notice.data} headingLevel={headingLevel} />
      <Checkbox
        label={signUp.agree}
        checked={agreed}
        problem={refused && !agreed ? signUp.agreeNeeded : null}
        onCheck={setAgreed}
      />
      <div className="actions">
        <Button look="main" type="submit" busy={busy}>
          {signUp.next}
        </Button>
        {children}
      </div>
    </form>
  );
}
