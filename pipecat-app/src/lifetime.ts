import { TwinError } from './errors.js';
import type { Log } from './observe/log.js';

/** After a signal, the agent has this long to end everything. */
const LONGEST_STOP_MS = 20_000;

/** The agent ended itself to be started again; any code but 0 makes a supervisor do so. */
export const RESTART_CODE = 75;

/** What a program prints about a failure: never a stack trace. */
export function inWords(error: unknown): string {
  if (!(error instanceof TwinError))
    return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
  return error.next === '' ? error.message : `${error.message}\n${error.next}`;
}

/**
 * Ends the program on SIGINT or SIGTERM: runs `stop`, then exits with 0. A second signal, or a stop that takes too long,
 * exits at once with 1. So does an error that nobody handled, after it was logged. What is returned ends it in the same
 * way with a code of one's own.
 */
export function untilSignal(
  stop: () => Promise<void>,
  log: Log,
  exit: (code: number) => void = process.exit,
): (code: number) => void {
  let stopping = false;
  const end = (code: number): void => {
    if (stopping) return;
    stopping = true;
    log.info({ code }, 'stopping');
    setTimeout(() => exit(1), LONGEST_STOP_MS).unref();
    stop().then(
      () => exit(code),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        exit(1);
      },
    );
  };
  const onSignal = (): void => {
    if (stopping) exit(1);
    else end(0);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const onError = (error: unknown): void => {
    log.fatal({ err: error }, 'an error that nobody handled');
    exit(1);
  };
  process.on('unhandledRejection', onError).on('uncaughtException', onError);
  return end;
}
