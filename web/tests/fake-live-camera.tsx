import { longerTimeChosen } from '../src/camera/live/longer-time';
import type { Answer, Step } from '../src/camera/live/step';

interface FakeLiveCameraProps {
  readonly start: string;
  readonly flashOffered: boolean;
  readonly begin: (choice: { flash: boolean; longerTime: boolean }) => Promise<Step>;
  readonly answer: (step: Step, frames: readonly { tMs: number; jpeg: Blob }[]) => Promise<Answer>;
  readonly onPassed: () => void;
  readonly onEnded: (code: string, detail?: string) => void;
  readonly onRefused: (error: Error) => void;
}

const FRAMES = [1, 2].map((tMs) => ({ tMs, jpeg: new Blob([`jpeg ${tMs}`]) }));

/** Stands for the live camera in tests of pages: a button takes the place of the person's head. */
export function LiveCamera(props: FakeLiveCameraProps) {
  const { start, flashOffered, begin, answer, onPassed, onEnded, onRefused } = props;
  const perform = async () => {
    let step: Step | undefined = await begin({
      flash: flashOffered,
      longerTime: longerTimeChosen(),
    });
    while (step) {
      const answered: Answer = await answer(step, FRAMES);
      if (answered.status === 'passed') onPassed();
      if (answered.status === 'failed') onEnded(answered.code ?? '', answered.detail);
      step = answered.step;
    }
  };
  return (
    <button
      type="button"
      data-start={start}
      onClick={() => {
        perform().catch(onRefused);
      }}
    >
      Turn
    </button>
  );
}
