import { useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import Webcam from 'react-webcam';
import { cameraFailure, type CameraFailure } from './camera-failure';
import type { CameraWords } from './camera-words';

/** The cameras that there are, and the one that is chosen. */
export interface Devices {
  readonly devices: readonly MediaDeviceInfo[];
  readonly chosen: string | null;
  readonly find: () => void;
  readonly choose: (deviceId: string) => void;
}

export function useDevices(): Devices {
  const [chosen, choose] = useState<string | null>(null);
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  const find = () => void listCameras().then(setDevices);
  return { devices, chosen, find, choose };
}

interface MirrorProps {
  readonly words: CameraWords;
  readonly videoRef: RefObject<HTMLVideoElement | null>;
  readonly devices: Devices;
  readonly onOpened: () => void;
  readonly onFailure: (failure: CameraFailure) => void;
}

/** The camera's picture, mirrored. It is on as long as this is shown. */
export function Mirror({ words, videoRef, devices, onOpened, onFailure }: MirrorProps) {
  const constraints = useMemo(() => videoConstraints(devices.chosen), [devices.chosen]);
  const opened = useRef<MediaStream | null>(null);
  // Webcam forgets a stream that it was given while it goes: the camera would stay on.
  useEffect(() => {
    const streams = opened;
    return () => {
      for (const track of streams.current?.getVideoTracks() ?? []) track.stop();
    };
  }, []);
  const watch = (stream: MediaStream) => {
    opened.current = stream;
    for (const track of stream.getVideoTracks()) {
      track.addEventListener('ended', () => {
        onFailure('unplugged');
      });
    }
    devices.find();
  };
  return (
    <Webcam
      className="camera-picture"
      ref={(webcam: Webcam | null) => {
        videoRef.current = webcam?.video ?? null;
      }}
      audio={false}
      mirrored
      videoConstraints={constraints}
      aria-label={words.preview}
      onUserMedia={watch}
      onUserMediaError={(error: unknown) => {
        onFailure(cameraFailure(error));
      }}
      onLoadedData={onOpened}
    />
  );
}

function videoConstraints(deviceId: string | null): MediaTrackConstraints {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  return deviceId ? { ...size, deviceId: { exact: deviceId } } : { ...size, facingMode: 'user' };
}

async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter(({ kind }) => kind === 'videoinput');
}
