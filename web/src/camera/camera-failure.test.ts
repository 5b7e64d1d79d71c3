import { afterEach, describe, expect, it, vi } from 'vitest';
import { cameraFailure } from './camera-failure';

const withCameras = () => {
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: vi.fn() } });
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('cameraFailure', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotFoundError', 'none'],
    ['OverconstrainedError', 'none'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['SomethingNewError', 'silent'],
  ] as const)('takes %s for %s', (name, expected) => {
    withCameras();
    expect(cameraFailure(new DOMException('', name))).toBe(expected);
  });

  it('says that the page is insecure where browsers hide their cameras', () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('isSecureContext', false);
    expect(cameraFailure('getUserMedia not supported')).toBe('insecure');
  });

  it('says that there is none where a secure page has no cameras', () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('isSecureContext', true);
    expect(cameraFailure('getUserMedia not supported')).toBe('none');
  });
});
