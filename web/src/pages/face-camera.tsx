import { lazy, Suspense, useEffect } from 'react';
import type { Proof } from '../api/client';
import type { ChallengePurpose } from '../api/live-challenge';
import { useConfig } from '../api/queries';
import type { Shot } from '../camera/capture-flow';
import type { GuideState } from '../camera/guidance/use-guide';
import type { LiveCameraWords } from '../camera/live/live-words';
import type { Start } from '../camera/use-start';
import { Waiting } from '../ui/waiting';
import { Refused } from './refused';

export interface FaceCameraProps {
  /** What a live look would be for. */
  readonly purpose: ChallengePurpose;
  /** The pictures to take where they are enough. */
  readonly shots: (mostImages: { register: number; login: number }) => readonly Shot[];
  readonly guide: GuideState;
  readonly words: LiveCameraWords;
  readonly start: Start;
  /** The page has a way of its own to choose photo files. */
  readonly ownUpload?: boolean;
  /** Told whether there is no picture, each time that changes. */
  readonly onFailed?: ((failed: boolean) => void) | undefined;
  readonly onProof: (proof: Proof) => void;
  /** A live look did not pass. */
  readonly onError: (error: Error) => void;
}

const loadLiveLook = () => import('./live-look');
const loadCamera = () => import('../camera/camera');
const LiveLook = lazy(async () => ({ default: (await loadLiveLook()).LiveLook }));
const Camera = lazy(async () => ({ default: (await loadCamera()).Camera }));

/** The camera as this server wants it: a live look, or pictures where they are enough. */
export function FaceCamera(props: FaceCameraProps) {
  const { shots, guide, words, start, ownUpload = false, onFailed, onProof } = props;
  const config = useConfig();
  if (!config.data) {
    return config.error ? (
      <Refused error={config.error} onRetry={() => void config.refetch()} />
    ) : (
      <Waiting />
    );
  }
  const { required_assurance: assurance, upload_allowed: uploadAllowed } = config.data;
  if (assurance === 'live') {
    return (
      <Suspense fallback={<Waiting />}>
        <LiveLook {...props} flashOffered={config.data.flash} />
      </Suspense>
    );
  }
  return (
    <Suspense fallback={<Waiting />}>
      <Camera
        shots={shots(config.data.max_images)}
        guide={guide}
        words={words}
        start={start}
        uploadAllowed={uploadAllowed && !ownUpload}
        {...(onFailed && { onFailed })}
        onFrames={(images) => {
          onProof({ images });
        }}
      />
    </Suspense>
  );
}

/** Whether this server wants a live look; its camera's part of the app is fetched by then. */
export function useLiveWanted(): boolean {
  const wanted = useConfig().data?.required_assurance;
  useEffect(() => {
    if (wanted) fetchCamera(wanted);
  }, [wanted]);
  return wanted === 'live';
}

const FIRST_ACTIONS = ['input', 'keydown', 'pointerdown'] as const;

/** Fetch the camera's part once the person does something: it may be wanted next. */
export function useCameraFetchedEarly(): void {
  const wanted = useConfig().data?.required_assurance;
  useEffect(() => {
    if (!wanted) return;
    const done = new AbortController();
    const fetchOnce = () => {
      done.abort();
      fetchCamera(wanted);
    };
    for (const action of FIRST_ACTIONS) {
      document.addEventListener(action, fetchOnce, { passive: true, signal: done.signal });
    }
    return () => {
      done.abort();
    };
  }, [wanted]);
}

function fetchCamera(wanted: 'photo' | 'live'): void {
  (wanted === 'live' ? loadLiveLook() : loadCamera()).catch(() => undefined);
}
