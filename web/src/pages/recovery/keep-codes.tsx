import { useId, useState, type SubmitEvent } from 'react';
import { basePath } from '../../base-path';
import { Button } from '../../ui/button';
import { Checkbox } from '../../ui/checkbox';
import { saveFile } from '../../ui/save-file';
import { useLeaveWarning } from '../../ui/use-leave-warning';
import { useWords } from '../../ui/words/use-words';
import { useDates } from '../use-dates';
import './keep-codes.css';

interface KeepCodesProps {
  readonly username: string;
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

type Copying = 'not_yet' | 'done' | 'impossible';

/** Recovery codes, shown this once: to be copied, saved or printed before going on. */
export function KeepCodes({ username, codes, onKept }: KeepCodesProps) {
  const { recovery: words, signUp } = useWords();
  const [kept, setKept] = useState(false);
  const [refused, setRefused] = useState(false);
  const [copying, setCopying] = useState<Copying>('not_yet');
  const madeOn = useDates().date(useToday());
  useLeaveWarning(true, words.leave);
  const service = words.sheetTitle(`${window.location.host}${basePath}`);
  const facts = words.sheetFacts(username, madeOn);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setRefused(!kept);
    if (kept) onKept();
    else event.currentTarget.querySelector('input')?.focus();
  };
  return (
    <>
      <CodesSheet service={service} facts={facts} codes={codes} />
      <div className="actions">
        <Button
          onClick={() => {
            void copy(codes.join('\n')).then(setCopying);
          }}
        >
          {words.copy}
        </Button>
        <Button
          onClick={() => {
            const text = [service, facts, '', ...codes, '', words.sheetUse, ''].join('\r\n');
            saveFile(`facelogin-${username}.txt`, text, 'text/plain');
          }}
        >
          {words.download}
        </Button>
        <Button
          onClick={() => {
            window.print();
          }}
        >
          {words.print}
        </Button>
      </div>
      <p className="codes-copied" role="status">
        {copying === 'done' && words.copied}
        {copying === 'impossible' && words.copyImpossible}
      </p>
      <form className="form" noValidate onSubmit={submit}>
        <Checkbox
          label={words.kept}
          checked={kept}
          problem={refused && !kept ? words.keptNeeded : null}
          onCheck={setKept}
        />
        <Button look="main" type="submit">
          {signUp.next}
        </Button>
      </form>
    </>
  );
}

interface CodesSheetProps {
  readonly service: string;
  readonly facts: string;
  readonly codes: readonly string[];
}

/** What is printed: whose codes these are and where they are used, and the codes. */
function CodesSheet({ service, facts, codes }: CodesSheetProps) {
  const { recovery: words } = useWords();
  const title = useId();
  return (
    <section className="codes-sheet" aria-labelledby={title}>
      <div className="codes-printed">
        <h2 id={title}>{service}</h2>
        <p>{facts}</p>
      </div>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p className="codes-printed">{words.sheetUse}</p>
    </section>
  );
}

async function copy(text: string): Promise<Copying> {
  try {
    await navigator.clipboard.writeText(text);
    return 'done';
  } catch {
    return 'impossible';
  }
}

function useToday(): string {
  const [today] = useState(() => new Date().toISOString());
  return today;
}
