import { TwinError, toPublicError } from '../errors.js';

export type Asked = { id: number; ask: unknown };
type Failure = { code: string; message: string; next: string; retryable: boolean };
export type Answered = { id: number; value: unknown } | { id: number; error: Failure };

/**
 * The child's half of `ChildCalls`: answers each question with what `answer` returns, ends with its parent. The terminal
 * sends Ctrl-C to the whole group; the agent decides when a child ends.
 */
export function answerParent(answer: (ask: never) => unknown): void {
  const send = (message: Answered): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on('message', async ({ id, ask }: Asked) => {
    try {
      send({ id, value: await answer(ask as never) });
    } catch (error) {
      send({ id, error: failureOf(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.on('SIGINT', () => undefined);
}

function failureOf(error: unknown): Failure {
  if (error instanceof TwinError) return { ...toPublicError(error), retryable: error.retryable };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'TWIN_MEMORY', message: `The memory failed: ${message}.`, next: 'Try again.', retryable: true };
}
