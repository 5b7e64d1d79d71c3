import { useExport } from '../../api/account-changes';
import { Button } from '../../ui/button';
import { saveFile } from '../../ui/save-file';
import { useWords } from '../../ui/words/use-words';
import { Refused } from '../refused';
import { Section } from './section';

/** Everything that is kept, as one file to take along. */
export function ExportSection({ username }: { username: string }) {
  const { me } = useWords();
  const fetching = useExport();
  return (
    <Section title={me.export} done={fetching.isSuccess ? me.exported : null}>
      <p>{me.exportLead}</p>
      <Button
        busy={fetching.isPending}
        onClick={() => {
          fetching.mutate(undefined, {
            onSuccess: (data) => {
              const text = `${JSON.stringify(data, null, 2)}\n`;
              saveFile(`facelogin-${username}.json`, text, 'application/json');
            },
          });
        }}
      >
        {me.exportStart}
      </Button>
      {fetching.error && <Refused error={fetching.error} />}
    </Section>
  );
}
