import { defineConfig, type PlaywrightTestOptions } from '@playwright/test';
import type { Harness } from './e2e/harness/journey.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const appearance = (use: Partial<PlaywrightTestOptions>): Partial<PlaywrightTestOptions> => ({
  locale: 'en-US',
  ...use,
});

/** What everybody does: run on both stores, sizes and colour schemes. The rest runs on one. */
const MAIN_JOURNEYS = ['unaided.spec.ts', 'recognition.spec.ts', 'account.spec.ts'];

export default defineConfig<Harness>({
  testDir: './e2e',
  outputDir: './test-results/runs',
  globalSetup: './e2e/global-setup.ts',
  forbidOnly: true,
  fullyParallel: false,
  workers: process.env['FACELOGIN_E2E_WORKERS'] ? Number(process.env['FACELOGIN_E2E_WORKERS']) : 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: { actionTimeout: 10_000, navigationTimeout: 20_000, trace: 'retain-on-failure' },
  projects: [
    {
      name: 'sqlite-desktop-light',
      use: { store: 'sqlite', ...appearance({ viewport: DESKTOP, colorScheme: 'light' }) },
    },
    {
      name: 'mongodb-phone-dark',
      testMatch: MAIN_JOURNEYS,
      use: {
        store: 'mongodb',
        ...appearance({ viewport: PHONE, colorScheme: 'dark', hasTouch: true, isMobile: true }),
      },
    },
  ],
});
