import { defineConfig } from 'vitest/config';

/** Suites that need models, a browser or a whole agent have a folder of their own; everything else is `unit`. */
const APART = ['acoustic', 'browser', 'cluster', 'e2e', 'faults', 'lab', 'power'];
/** Tests that take minutes; `testing/long.sh` runs them. */
const LONG = '**/*.long.test.ts';
const NEVER = ['**/node_modules/**', '**/dist/**'];

const apart = APART.map((name) => ({
  extends: true as const,
  test: {
    name,
    include: [`testing/${name}/**/*.test.ts`],
    exclude: [...NEVER, LONG],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One at a time: they measure time, or own the sound device.
    fileParallelism: false,
  },
}));

export default defineConfig({
  test: {
    // What a test waits for comes in a moment; on a busy machine a moment is long.
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', './testing/reporter.ts'],
    coverage: {
      include: ['{hashi,jobs,pipecat-app,power-agent,pxe}/src/**/*.ts', 'pipecat-app/web/src/**/*.{ts,tsx}'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{hashi/src,jobs/src,pipecat-app/src,power-agent/src,pxe/src,pipecat-app/web/src,testing}/**/*.test.{ts,tsx}',
          ],
          exclude: [...NEVER, LONG, ...APART.map((name) => `testing/${name}/**`)],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      ...apart,
      {
        extends: true,
        test: {
          name: 'long',
          include: [LONG],
          exclude: NEVER,
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
