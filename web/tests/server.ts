import { http, HttpResponse, type JsonBodyType } from 'msw';
import { setupServer } from 'msw/node';
import type { components } from '../src/api/schema';

type Schemas = components['schemas'];

export const CONFIG: Schemas['Config'] = {
  required_assurance: 'photo',
  identification: 'off',
  registration: 'open',
  upload_allowed: true,
  flash: false,
  max_images: { register: 5, login: 3 },
  languages: ['en'],
  notice: { version: 'n1', required: true },
  sign_in_consent: false,
};

export const SESSION: Schemas['SessionState'] = {
  user_id: 'u1',
  username: 'ana',
  amr: ['face'],
  assurance: 'photo',
  expires_at: '2030-01-02T12:00:00Z',
  fresh_until: '2030-01-02T00:05:00Z',
};

export const ACCOUNT: Schemas['Account'] = {
  user_id: 'u1',
  username: 'ana',
  email: 'ana@example.org',
  created_at: '2029-05-06T07:08:09Z',
  consent: { notice_version: 'n1', given_at: '2029-05-06T07:08:09Z', outdated: false },
  recovery_codes_left: 7,
  template: {
    engine_id: 'dlib',
    engine_version: '1',
    image_count: 3,
    created_at: '2029-05-06T07:08:09Z',
  },
};

export const RECOVERY_CODES = Array.from(
  { length: 10 },
  (_, index) => `7M2K-QX9D-0V4T-HB${String(index)}E`,
);

/** A server where nobody is signed in and everything works. */
export const server = setupServer(
  http.get('/config', () => HttpResponse.json(CONFIG)),
  http.get('/session', () => refusal(401, 'session_required')),
  http.get('/greeting', () =>
    HttpResponse.json({ username: 'ana', message: 'Welcome back, ana.' }),
  ),
  http.get('/notice', () =>
    HttpResponse.json({ language: 'en', version: 'n1', text: '# Notice\n\n**Kept:** a template.' }),
  ),
  http.post('/register/check', () => new HttpResponse(null, { status: 204 })),
  http.get('/account', () => HttpResponse.json(ACCOUNT)),
  http.get('/account/sessions', () => HttpResponse.json({ sessions: [] })),
  http.get('/account/activity', () => HttpResponse.json({ activity: [] })),
);

/** Answer every request of this kind like this. */
export function answer(
  method: 'get' | 'post' | 'patch' | 'delete',
  path: string,
  body: JsonBodyType,
  status = 200,
): void {
  server.use(
    http[method](path, () =>
      status === 204 ? new HttpResponse(null, { status }) : HttpResponse.json(body, { status }),
    ),
  );
}

/** Refuse every request of this kind. */
export function refuse(
  method: 'get' | 'post' | 'patch' | 'delete',
  path: string,
  status: number,
  code: string,
  more: Readonly<Record<string, JsonBodyType>> = {},
): void {
  server.use(http[method](path, () => refusal(status, code, more)));
}

/** An error body like the server's. */
export function refusal(
  status: number,
  code: string,
  more: Readonly<Record<string, JsonBodyType>> = {},
) {
  return HttpResponse.json(
    { code, message: `The server says ${code}.`, request_id: 'r1', ...more },
    { status },
  );
}
