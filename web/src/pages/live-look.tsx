import { useRef } from 'react';
import { ApiFailure } from '../api/failure';
import { beginChallenge, type LiveChallenge } from '../api/live-challenge';
import { LiveCamera } from '../camera/live/live-camera';
import type { FaceCameraProps } from './face-camera';

/** A look that shows that somebody is there: what the camera is asked for comes from the server. */
export function LiveLook(props: FaceCameraProps & { readonly flashOffered: boolean }) {
  const { purpose, guide, words, start, flashOffered, onFailed, onProof, onError } = props;
  const challenge = useRef<LiveChallenge>(null);
  return (
    <LiveCamera
      guide={guide}
      words={words}
      start={start}
      flashOffered={flashOffered}
      begin={async (choice) => {
        challenge.current = await beginChallenge(purpose, choice);
        return challenge.current.step;
      }}
      answer={({ n }, frames) => challenge.current!.answer(n, frames)}
      onPassed={() => {
        onProof({ challengeId: challenge.current!.challengeId });
      }}
      onEnded={(code, detail) => {
        onError(new ApiFailure(code, { detail: detail ?? null }));
      }}
      onRefused={onError}
      onFailed={onFailed}
    />
  );
}
