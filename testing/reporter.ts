import { appendFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** What one run came to. An error outside any test, and a run without any test, count as one failure. */
export type Tally = { passed: number; failed: number; skipped: number };

/**
 * Ends every run with one plain line, `N passed, N failed` (and `, N skipped`), after the reasons of what was skipped.
 * Where `TWIN_TALLY` names a file, the tally is also added to it as a line of JSON, for the script that sums the suites; where
 * `TWIN_FAILURES` names one, so is each failed test with the first line of its error, which that script repeats at its end.
 */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const tally: Tally = { passed: 0, failed: errors.length, skipped: 0 };
    const failures: string[] = [];
    for (const module of modules) {
      tally.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') {
          tally.passed++;
          if ((test.diagnostic()?.retryCount ?? 0) > 0)
            failures.push(
              `at the second try only: ${failure(test.module.relativeModuleId, test.fullName, result.errors ?? [])}`,
            );
        } else if (result.state === 'failed') {
          tally.failed++;
          failures.push(failure(test.module.relativeModuleId, test.fullName, result.errors));
        } else {
          tally.skipped++;
          const note = result.state === 'skipped' ? result.note : undefined;
          process.stdout.write(`skipped: ${test.fullName} (${note ?? 'no reason given'})\n`);
        }
      }
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
    }
    if (tally.passed + tally.failed + tally.skipped === 0) {
      process.stdout.write('no test was found\n');
      tally.failed = 1;
    }
    if (process.env.TWIN_TALLY) appendFileSync(process.env.TWIN_TALLY, `${JSON.stringify(tally)}\n`);
    if (process.env.TWIN_FAILURES && failures.length > 0)
      appendFileSync(process.env.TWIN_FAILURES, `${failures.join('\n')}\n`);
    // Written when the process ends: other reporters still have lines to print.
    process.once('exit', () => process.stdout.write(`${inWords(tally)}\n`));
  }
}

/** `file > test: first line of the error`. */
function failure(file: string, test: string, errors: readonly SerializedError[]): string {
  const [line] = (errors[0]?.message ?? 'no error').split('\n');
  return `${file} > ${test}: ${line}`;
}

export function inWords({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
