import axios from 'axios';
import { ApiFailure, toFailure } from './failure';

const ANSWER_WITHIN_MS = 10_000;
const FACE_ANSWER_WITHIN_MS = 25_000;

/** The one HTTP client: this origin's API, with its cookies; everything thrown is an ApiFailure. */
export const client = axios.create({
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

/** Post text fields and pictures as multipart, which is a quarter smaller than base64. */
export async function postFace<Answer>(
  path: string,
  fields: Readonly<Record<string, string | undefined>>,
  images: readonly Blob[],
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.append(name, value);
  }
  images.forEach((image, index) => {
    form.append('images', image, `frame-${String(index)}.jpg`);
  });
  const { data } = await client.post<Answer>(path, form, { timeout: FACE_ANSWER_WITHIN_MS });
  return data;
}
