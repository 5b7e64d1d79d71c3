import type { CameraFailure } from './camera-failure';
import type { Guidance } from './capture-flow';

/** Every sentence of the camera, so that any page can put it in its own. */
export interface CameraWords {
  readonly reason: string;
  readonly privacy: string;
  readonly turnOn: string;
  readonly opening: string;
  readonly preview: string;
  readonly press: string;
  readonly taking: string;
  readonly paused: string;
  readonly checking: string;
  readonly chooseCamera: string;
  readonly unnamedCamera: (number: number) => string;
  readonly shotOf: (shot: number, shots: number) => string;
  readonly upload: string;
  readonly uploadUnreadable: string;
  readonly uploadHeic: string;
  readonly tryAgain: string;
  readonly hints: Readonly<Record<Guidance, string>>;
  readonly failures: Readonly<
    Record<CameraFailure, { readonly title: string; readonly way: string }>
  >;
}
