import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SandboxLimits } from './sandbox/limits.js';

export type JavaScriptTask = { code: string; memoryBytes: number; outputChars: number; ms: number };
export type JavaScriptAnswer =
  | { ok: true; printed: string /** Of the last expression; '' for none. */; value: string }
  | { ok: false; printed: string; error: string };

/** Time for the process to start and to answer. QuickJS looks at the clock between its own steps only: a long one is ended from here. */
const SLACK_MS = 1000;

/**
 * Runs JavaScript in QuickJS in a process of its own, which is gone when this returns or throws.
 * @throws AbortError
 */
export async function runJavaScript(
  code: string,
  limits: SandboxLimits,
  signal: AbortSignal,
): Promise<JavaScriptAnswer> {
  signal.throwIfAborted();
  // Compiled, also when this file is not: Node.js runs no TypeScript.
  const file = fileURLToPath(new URL('quickjs-child.js', import.meta.url.replace('/src/', '/dist/')));
  const child = fork(file, { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const task: JavaScriptTask = {
    code,
    memoryBytes: limits.memoryBytes,
    outputChars: limits.outputBytes,
    ms: limits.wallMs,
  };
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let answer: JavaScriptAnswer | undefined;
  child.once('message', (message: JavaScriptAnswer) => {
    answer = message;
  });
  const kill = (): void => void child.kill('SIGKILL');
  let late = false;
  const clock = setTimeout(() => {
    late = true;
    kill();
  }, limits.wallMs + SLACK_MS);
  signal.addEventListener('abort', kill, { once: true });
  try {
    child.send(task, () => {});
    await gone;
    signal.throwIfAborted();
    return (
      answer ?? {
        ok: false,
        printed: '',
        error: late ? 'It took too long and was stopped.' : 'Its engine has crashed.',
      }
    );
  } finally {
    clearTimeout(clock);
    signal.removeEventListener('abort', kill);
    kill();
  }
}
