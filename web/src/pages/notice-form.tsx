import { useState, type SubmitEvent, type ReactNode } from 'react';
import { useConfig, useNotice } from '../api/queries';
import { Button } from '../ui/button';
import { Checkbox } from '../ui/checkbox';
import { Markdown } from '../ui/markdown';
import { useLostFocus } from '../ui/use-lost-focus';
import { Waiting } from '../ui/waiting';
import { useWords } from '../ui/words/use-words';
import { noticeLanguage } from './notice-language';
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
  const language = noticeLanguage(config.data?.languages ?? [], navigator.languages);
  const notice = useNotice(language, { anew });
  const [agreed, setAgreed] = useState(agreedAlready);
  const [refused, setRefused] = useState(false);
  const takeLostFocus = useLostFocus();
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
      <section
        ref={takeLostFocus}
        className="notice"
        aria-label={signUp.noticeLabel}
        lang={notice.data.language}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard
        tabIndex={0}
      >
        <Markdown text={notice.data.text} headingLevel={headingLevel} />
        <p className="notice-version">{signUp.noticeVersion(notice.data.version)}</p>
      </section>
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
