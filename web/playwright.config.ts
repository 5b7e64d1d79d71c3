import { defineConfig, type PlaywrightTestOptions } from '@playwright/test';
import type { Harness } from './e2e/harness/journey.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const appearance = (use: Partial<PlaywrightTestOptions>): Partial<PlaywrightTestOptions> => ({
  locale: 'en-US',
  ...use,
});

/** What no store has a part in runs once; every journey runs on both, sizes and schemes apart. */
const WITHOUT_A_STORE = [
  'addresses.spec.ts',
  'appearance.spec.ts',
  'below-a-path.spec.ts',
  'broken-page.spec.ts',
  'camera.spec.ts',
  'faults.spec.ts',
  'first-system-client.spec.ts',
  'keyboard.spec.ts',
  'layout.spec.ts',
  'live-in-view.spec.ts',
  'policy.spec.ts',
  'recognition.spec.ts',
  'watchful.spec.ts',
];

export default defineConfig<Harness>({
  testDir: './e2e',
  outputDir: './test-results/runs',
  globalSetup: './e2e/global-setup.ts',
  forbidOnly: true,
  fullyParallel: false,
  workers: Number(process.env['FACELOGIN_E2E_WORKERS'] ?? 2),
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    // Pictures of every moment would cost the camera its frames, and everything else its time.
    trace: { mode: 'retain-on-failure', screenshots: false, sources: false },
    screenshot: 'only-on-failure',
  },
  projects: [
    {
      name: 'sqlite-desktop-light',
      use: { store: 'sqlite', ...appearance({ viewport: DESKTOP, colorScheme: 'light' }) },
    },
    {
      name: 'mongodb-phone-dark',
      testIgnore: WITHOUT_A_STORE,
      grepInvert: /@once/,
      use: {
        store: 'mongodb',
        ...appearance({ viewport: PHONE, colorScheme: 'dark', hasTouch: true, isMobile: true }),
      },
    },
  ],
});
