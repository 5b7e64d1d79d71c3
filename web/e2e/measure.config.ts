import { defineConfig } from '@playwright/test';
import journeys from '../playwright.config.ts';

/** Numbers for the documents, not assertions: `npm run measure` prints them as JSON. */
export default defineConfig({
  ...journeys,
  testDir: './measure',
  testMatch: '*.measure.ts',
  globalSetup: './global-setup.ts',
  outputDir: '../test-results/measure-runs',
  workers: 1,
  timeout: 300_000,
  reporter: [['dot']],
  use: { ...journeys.use, trace: 'off' },
  projects: (journeys.projects ?? []).filter(({ name }) => name === 'sqlite-desktop-light'),
});
