import { useEffect, useState } from 'react';
import { keepLastLook, lastLook } from './last-look';

/** Shows what the camera saw last, as a mirror would, and forgets it when this is shown no more. */
export function LastLookPicture({ caption }: { caption: string }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let shown: string | null = null;
    let left = false;
    void lastLook().then((picture) => {
      if (!picture || left) return;
      shown = URL.createObjectURL(picture);
      setUrl(shown);
    });
    return () => {
      left = true;
      if (shown) URL.revokeObjectURL(shown);
    };
  }, []);
  useEffect(
    () => () => {
      keepLastLook(null);
    },
    [],
  );
  if (url === null) return null;
  return (
    <figure className="last-look">
      <img src={url} alt={caption} />
      <figcaption aria-hidden="true">{caption}</figcaption>
    </figure>
  );
}
