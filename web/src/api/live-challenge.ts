import { client } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

/** What a live capture is for, and whose. */
export type ChallengePurpose =
  | {
      readonly purpose: 'login';
      readonly username?: string | undefined;
      readonly consent?: string | undefined;
    }
  | { readonly purpose: 'step_up' }
  | {
      readonly purpose: 'register';
      readonly username: string;
      readonly email: string;
      readonly consent?: string | undefined;
      readonly invite?: string | undefined;
    };

export type ChallengeStep = Schemas['StepShown'];
export type ChallengeAnswer = Schemas['StepAnswered'];

interface Frame {
  readonly tMs: number;
  readonly jpeg: Blob;
}

/** A live capture that has begun: what names it, its first step, and where frames are sent. */
export interface LiveChallenge {
  readonly challengeId: string;
  readonly step: ChallengeStep;
  readonly answer: (n: number, frames: readonly Frame[]) => Promise<ChallengeAnswer>;
}

/** The frames of a slow turn, over a slow line. */
const ANSWER_WITHIN_MS = 30_000;

export async function beginChallenge(
  purpose: ChallengePurpose,
  { flash, longerTime }: { flash: boolean; longerTime: boolean },
): Promise<LiveChallenge> {
  const { data } = await client.post<Schemas['ChallengeBegun']>('/challenges', {
    ...purpose,
    flash,
    ...(longerTime && { longer_time: true }),
  });
  const path = `/challenges/${encodeURIComponent(data.challenge_id)}/steps`;
  let seq = 0;
  return {
    challengeId: data.challenge_id,
    step: data.step,
    answer: async (n, frames) => {
      const form = await stepForm(data.nonce, seq, frames);
      seq += frames.length;
      const { data: answer } = await client.post<ChallengeAnswer>(`${path}/${n}`, form, {
        timeout: ANSWER_WITHIN_MS,
      });
      return answer;
    },
  };
}

/** Frames are numbered over the whole challenge, and named by what they must be. */
async function stepForm(
  nonce: string,
  firstSeq: number,
  frames: readonly Frame[],
): Promise<FormData> {
  const meta = await Promise.all(
    frames.map(async ({ tMs, jpeg }, index) => ({
      seq: firstSeq + index,
      t_ms: tMs,
      sha256: await sha256(jpeg),
    })),
  );
  const form = new FormData();
  form.append('meta', JSON.stringify({ nonce, frames: meta }));
  frames.forEach(({ jpeg }, index) => {
    const name = `frame-${firstSeq + index}`;
    form.append(name, jpeg, `${name}.jpg`);
  });
  return form;
}

async function sha256(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
