import { useRef, type ChangeEvent } from 'react';
import { Button } from '../../ui/button';
import { shrinkPicture } from '../../camera/take-frame';

/** What came of choosing files: the photos, as small JPEGs, and what could not be read as one. */
export interface Chosen {
  readonly photos: readonly Blob[];
  readonly unreadable: readonly string[];
}

interface PhotoChooserProps {
  readonly label: string;
  readonly look?: 'plain' | 'quiet';
  readonly onChosen: (chosen: Chosen) => void;
}

/** A button that lets photo files be chosen, several at once. */
export function PhotoChooser({ label, look = 'plain', onChosen }: PhotoChooserProps) {
  const input = useRef<HTMLInputElement>(null);
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const files = [...(target.files ?? [])];
    target.value = '';
    if (files.length > 0) void read(files).then(onChosen);
  };
  return (
    <>
      <Button look={look} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        multiple
        aria-label={label}
        tabIndex={-1}
        hidden
        onChange={choose}
      />
    </>
  );
}

async function read(files: readonly File[]): Promise<Chosen> {
  const outcomes = await Promise.allSettled(files.map((file) => shrinkPicture(file)));
  return {
    photos: outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    unreadable: files
      .filter((_, index) => outcomes[index]?.status === 'rejected')
      .map(({ name }) => name),
  };
}
