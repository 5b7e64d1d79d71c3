/** Why there is no picture; each has its own words and its own way out. */
export type CameraFailure = 'denied' | 'none' | 'busy' | 'insecure' | 'unplugged' | 'silent';

const BY_NAME: Readonly<Record<string, CameraFailure>> = {
  NotAllowedError: 'denied',
  PermissionDeniedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  DevicesNotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  TrackStartError: 'busy',
  AbortError: 'busy',
};

/** Say which failure a rejected `getUserMedia` means. */
export function cameraFailure(error: unknown): CameraFailure {
  if (!hasCameras()) return window.isSecureContext ? 'none' : 'insecure';
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  return BY_NAME[name] ?? 'silent';
}

/** Whether this page may ask for a camera at all. Browsers hide them from insecure pages. */
export function hasCameras(): boolean {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return typeof devices?.getUserMedia === 'function';
}
