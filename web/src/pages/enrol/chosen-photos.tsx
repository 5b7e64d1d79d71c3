import { useCallback } from 'react';
import { ApiFailure } from '../../api/failure';
import { Button } from '../../ui/button';
import { useLostFocus } from '../../ui/use-lost-focus';
import { useWords } from '../../ui/words/use-words';
import { explain } from '../explain';
import { Refused } from '../refused';
import { PhotoChooser, type Chosen } from './photo-chooser';
import './chosen-photos.css';

interface ChosenPhotosProps {
  readonly photos: readonly Blob[];
  readonly unreadable: readonly string[];
  readonly most: number;
  /** More were chosen than can be used. */
  readonly leftOut: boolean;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onAdd: (chosen: Chosen) => void;
  readonly onRemove: (index: number) => void;
  readonly onUse: () => void;
  readonly onCamera: () => void;
}

/** The photos that were chosen in place of the camera, before they are sent. */
export function ChosenPhotos(props: ChosenPhotosProps) {
  const { photos, unreadable, most, leftOut, busy, error } = props;
  const { photos: words } = useWords();
  const takeLostFocus = useLostFocus();
  const wrong = refusedPhoto(error, photos.length);
  return (
    <div className="chosen" ref={takeLostFocus} tabIndex={-1}>
      {error && wrong === null && <Refused error={error} />}
      <ul className="chosen-photos">
        {photos.map((photo, index) => (
          <Thumbnail
            key={index}
            photo={photo}
            number={index + 1}
            error={index === wrong ? error : null}
            onRemove={() => {
              props.onRemove(index);
            }}
          />
        ))}
      </ul>
      {unreadable.length > 0 && <p role="alert">{words.unreadable(unreadable.join(', '))}</p>}
      {leftOut && <p role="status">{words.most(most)}</p>}
      {photos.length === 1 && most > 1 && (
        <p className="aside" role="status">
          {words.one}
        </p>
      )}
      <div className="actions">
        {photos.length > 0 && (
          <Button
            look={photos.length === 1 && most > 1 ? 'plain' : 'main'}
            busy={busy}
            onClick={props.onUse}
          >
            {words.use(photos.length)}
          </Button>
        )}
        {photos.length < most && !busy && (
          <PhotoChooser label={words.more} onChosen={props.onAdd} />
        )}
        {!busy && (
          <Button look="quiet" onClick={props.onCamera}>
            {words.camera}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Which photo a refusal is about, as the server names it; null where it is about none alone. */
function refusedPhoto(error: Error | null, photos: number): number | null {
  if (!(error instanceof ApiFailure)) return null;
  const named = Object.keys(error.fields).flatMap((field) => {
    const number = /^images\[(\d+)\]$/.exec(field)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return named.find((index) => index < photos) ?? null;
}

interface ThumbnailProps {
  readonly photo: Blob;
  readonly number: number;
  readonly error: Error | null;
  readonly onRemove: () => void;
}

function Thumbnail({ photo, number, error, onRemove }: ThumbnailProps) {
  const words = useWords();
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(photo);
      image.src = url;
      return () => {
        URL.revokeObjectURL(url);
      };
    },
    [photo],
  );
  return (
    <li data-wrong={error !== null}>
      <img ref={show} alt={words.photos.photo(number)} />
      {error && <p role="alert">{explain(error, words).sentence}</p>}
      <Button look="quiet" onClick={onRemove} aria-label={words.photos.remove(number)}>
        {words.photos.removeShort}
      </Button>
    </li>
  );
}
