import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.resetModules();
});

async function trustedScript(address: string): Promise<unknown> {
  const fresh = await import('./trusted-script');
  return fresh.trustedScript(address);
}

test('without Trusted Types an address is text', async () => {
  expect(await trustedScript('/assets/worker.js')).toBe('http://localhost:3000/assets/worker.js');
});

test('with Trusted Types the one policy vouches for it', async () => {
  const createPolicy = vi.fn((_name: string, rules: { createScriptURL(a: string): string }) => ({
    createScriptURL: (address: string) => ({ vouched: rules.createScriptURL(address) }),
  }));
  vi.stubGlobal('trustedTypes', { createPolicy });
  expect(await trustedScript('/assets/worker.js')).toEqual({
    vouched: 'http://localhost:3000/assets/worker.js',
  });
  expect(createPolicy.mock.calls.map(([name]) => name)).toEqual(['facelogin']);
});

test.each([
  'https://elsewhere.example/x.js',
  'blob:https://elsewhere.example/1',
  'data:text/javascript,1',
])('a script that is not of this origin is refused: %s', async (address) => {
  await expect(trustedScript(address)).rejects.toThrow('another origin');
});
