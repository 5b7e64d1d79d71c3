import type { Account } from '../../api/requests';
import { useWords } from '../../ui/words/use-words';
import { useDates } from '../use-dates';
import { Section } from './section';

/** What is stored, in plain words. */
export function StoredSection({ account }: { account: Account }) {
  const { me } = useWords();
  const dates = useDates();
  const { template, consent } = account;
  return (
    <Section title={me.stored}>
      <ul className="stored">
        <li>{me.storedTemplate(template.image_count, dates.date(template.created_at))}</li>
        <li>{me.storedNoPictures}</li>
        <li>{consent ? me.storedConsent(dates.date(consent.given_at)) : me.storedNoConsent}</li>
        <li>{me.storedCodes(account.recovery_codes_left)}</li>
        <li>{me.storedActivity}</li>
      </ul>
    </Section>
  );
}
