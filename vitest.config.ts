import { defineConfig } from 'vitest/config';

/** Suites that need models, a browser or minutes have their own folder or ending; everything else is `unit`. */
const APART = ['testing/acoustic/**', 'testing/e2e/**', 'testing/{chaos,faults}/**', '**/*.long.test.ts'];
const NEVER = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    reporters: ['default', './testing/reporter.ts'],
    coverage: { include: ['pipecat-app/src/**/*.ts', 'pipecat-app/web/src/**/*.{ts,tsx}'] },
    projects: [
      suite(
        'unit',
        ['pipecat-app/src/**/*.test.ts', 'pipecat-app/web/src/**/*.test.{ts,tsx}', 'testing/**/*.test.ts'],
        {
          exclude: [...NEVER, ...APART],
          testTimeout: 20_000,
        },
      ),
      suite('acoustic', ['testing/acoustic/**/*.test.ts'], { testTimeout: 120_000, fileParallelism: false }),
      suite('browser', ['testing/e2e/**/*.test.ts'], { testTimeout: 120_000, fileParallelism: false }),
      suite('faults', ['testing/{chaos,faults}/**/*.test.ts'], { testTimeout: 120_000, fileParallelism: false }),
      suite('long', ['**/*.long.test.ts'], { exclude: NEVER, testTimeout: 1_800_000, fileParallelism: false }),
    ],
  },
});

type SuiteOptions = { exclude?: string[]; testTimeout: number; fileParallelism?: boolean };

function suite(name: string, include: string[], options: SuiteOptions) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      exclude: [...NEVER, '**/*.long.test.ts'],
      environment: 'node' as const,
      hookTimeout: 120_000,
      ...options,
    },
  };
}
