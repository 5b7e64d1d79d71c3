import { AxiosError } from 'axios';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { refusal, server } from '../../tests/server';
import { client } from './client';
import { ApiFailure, toFailure } from './failure';
import { fetchSession } from './requests';

async function failureOf(request: Promise<unknown>): Promise<ApiFailure> {
  const error: unknown = await request.then(
    () => new Error('This was meant to fail.'),
    (reason: unknown) => reason,
  );
  if (error instanceof ApiFailure) return error;
  throw error;
}

function answering(respond: () => Response | Promise<Response>) {
  server.use(http.get('/thing', respond));
  return failureOf(client.get('/thing'));
}

describe('a failed request', () => {
  it('carries what the server says', async () => {
    const failure = await answering(() =>
      refusal(422, 'invalid_request', { fields: { email: 'Wrong.' } }),
    );
    expect(failure).toMatchObject({
      code: 'invalid_request',
      status: 422,
      requestId: 'r1',
      fields: { email: 'Wrong.' },
      message: 'The server says invalid_request.',
    });
  });

  it('tells how long to wait from the body, else from the header', async () => {
    const body = await answering(() => refusal(429, 'too_many_attempts', { retry_after_s: 7 }));
    expect(body.retryAfterS).toBe(7);
    const header = await answering(
      () => new HttpResponse('', { status: 503, headers: { 'Retry-After': '9' } }),
    );
    expect(header).toMatchObject({ code: 'busy', retryAfterS: 9 });
  });

  it.each([
    [404, 'not_found'],
    [413, 'body_too_large'],
    [429, 'too_many_attempts'],
    [500, 'internal_error'],
    [502, 'busy'],
    [504, 'busy'],
    [418, 'unexpected'],
  ])('with status %i and a page for a body is %s', async (status, code) => {
    const failure = await answering(() => HttpResponse.html('<h1>Oops</h1>', { status }));
    expect(failure.code).toBe(code);
  });

  it('is offline where no answer comes', async () => {
    expect((await answering(() => HttpResponse.error())).code).toBe('offline');
  });

  it.each([AxiosError.ECONNABORTED, AxiosError.ETIMEDOUT])('is too late with %s', (code) => {
    expect(toFailure(new AxiosError('too late', code)).code).toBe('timed_out');
  });

  it('has a limit to how long an answer may take', () => {
    expect(client.defaults.timeout).toBe(10_000);
  });
});

it('takes "please sign in" for nobody being signed in', async () => {
  expect(await fetchSession()).toBeNull();
});
