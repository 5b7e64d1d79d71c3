import { useConfig } from '../api/queries';
import { LastLookPicture } from '../camera/last-look-picture';
import { LongerTime } from '../camera/live/longer-time';
import { useWords } from '../ui/words/use-words';
import { codeOf } from './explain';

/** Refusals that no picture explains. */
const NOT_SEEN = /^(too_many|busy|store|internal|offline|timed_out|challenge_|cancelled)/;

/** After a look that did not pass: what the camera saw, and the choice of more time. */
export function AfterLookParts({ error }: { error: Error }) {
  const { camera } = useWords();
  const live = useConfig().data?.required_assurance === 'live';
  const code = codeOf(error);
  if (code === null) return null;
  return (
    <>
      {!NOT_SEEN.test(code) && <LastLookPicture caption={camera.lastLook} />}
      {live && <LongerTime words={camera.live} />}
    </>
  );
}
