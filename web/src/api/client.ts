import axios from 'axios';
import { basePath } from '../base-path';
import { ApiFailure, toFailure } from './failure';

const ANSWER_WITHIN_MS = 10_000;
const FACE_ANSWER_WITHIN_MS = 25_000;

/** The one HTTP client: this server's API, with its cookies; everything thrown is an ApiFailure. */
export const client = axios.create({
  baseURL: basePath,
  withCredentials: true,
  timeout: ANSWER_WITHIN_MS,
  headers: { Accept: 'application/json' },
});

client.interceptors.response.use(
  (response) => {
    if (response.status !== 204 && typeof response.data !== 'object') {
      throw new ApiFailure('unexpected', { status: response.status });
    }
    return response;
  },
  (error: unknown) => {
    throw toFailure(error);
  },
);

/** What shows whose face it is: pictures, or a live capture that has been passed. */
export type Proof = { readonly images: readonly Blob[] } | { readonly challengeId: string };

/** Post text fields and a proof. Pictures go as multipart, a quarter smaller than base64. */
export async function postFace<Answer>(
  path: string,
  fields: Readonly<Record<string, string | undefined>>,
  proof: Proof,
): Promise<Answer> {
  const body =
    'images' in proof
      ? formOf(fields, proof.images)
      : { ...fields, challenge_id: proof.challengeId };
  const { data } = await client.post<Answer>(path, body, { timeout: FACE_ANSWER_WITHIN_MS });
  return data;
}

function formOf(
  fields: Readonly<Record<string, string | undefined>>,
  images: readonly Blob[],
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.append(name, value);
  }
  images.forEach((image, index) => {
    form.append('images', image, `frame-${String(index)}.jpg`);
  });
  return form;
}
