import { useAgreeAnew } from '../../api/account-changes';
import { Button } from '../../ui/button';
import { tell } from '../../ui/toasts';
import { useWords } from '../../ui/words/use-words';
import { codeOf } from '../explain';
import { NoticeForm } from '../notice-form';
import { Refused } from '../refused';
import { Section } from './section';
import { useUnfolding } from './use-unfolding';

interface NoticeSectionProps {
  /** Nobody has ever agreed for this account, as one that was brought over from another system. */
  readonly missing?: boolean;
}

/** The notice is to be read and agreed to: it has changed, or was never agreed to. */
export function NoticeSection({ missing = false }: NoticeSectionProps) {
  const { me, codes } = useWords();
  const agreeing = useAgreeAnew(() => {
    tell(me.noticeAgreed);
  });
  const { open, unfold, fold, opener } = useUnfolding();
  const changedMeanwhile = agreeing.error !== null && codeOf(agreeing.error) === 'consent_outdated';
  return (
    <Section title={missing ? me.noticeMissing : me.noticeChanged}>
      <p>{missing ? me.noticeMissingLead : me.noticeChangedLead}</p>
      {changedMeanwhile && <p role="alert">{codes['consent_outdated']}</p>}
      {agreeing.error && !changedMeanwhile && <Refused error={agreeing.error} />}
      {open ? (
        <NoticeForm
          key={String(changedMeanwhile)}
          headingLevel={3}
          agreedAlready={false}
          anew
          busy={agreeing.isPending}
          onAgree={(version) => {
            agreeing.mutate(version);
          }}
        >
          <Button onClick={fold}>{me.noticeLater}</Button>
        </NoticeForm>
      ) : (
        <Button look="main" ref={opener} onClick={unfold}>
          {me.noticeRead}
        </Button>
      )}
    </Section>
  );
}
