import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { abortable } from '../abortable.js';
import { TwinError } from '../errors.js';
import type { Answered, Asked } from './child-messages.js';

/** What a child needs of the environment: where libraries are; no keys. */
const ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'LD_LIBRARY_PATH', 'TMPDIR'];
/** OpenBLAS and OpenMP spin on their threads, and a search takes one anyway. */
const ONE_THREAD = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
const STDERR_KEPT = 1000;
/** A child that lived so long is replaced at once when it dies; one that dies sooner waits for the next call. */
const STEADY_MS = 5000;
const CLOSE_MS = 5000;

export type ChildOptions = {
  /** File name of the child, beside this file, such as `store-child.js`. */
  file: string;
  /** How a person calls it: "the memory's store". */
  title: string;
  code: `TWIN_${string}`;
  /** Sent first to every new child; the child can be used once it was answered. */
  opening: () => unknown;
  /** Longest wait for one answer, in ms; then the child is replaced. */
  stallMs: number;
};

type Waiting = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Run = {
  child: ChildProcess;
  opened: Promise<unknown>;
  waiting: Map<number, Waiting>;
  ended: Promise<void>;
  gone: boolean;
};

/** Questions and answers with a child process of ours that may die at any time; the next call has a new one. */
export class ChildCalls {
  readonly #options: ChildOptions;
  #run: Run | undefined;
  #nextId = 1;
  #closed = false;
  #opened = false;
  #problem = '';

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Of the child that can be used now; for tests and `twin doctor`. */
  get pid(): number | undefined {
    return this.#run?.gone === false ? this.#run.child.pid : undefined;
  }

  /** Empty when the child works, else why not. */
  get problem(): string {
    if (this.#opened) return '';
    return this.#problem || 'It is starting.';
  }

  /** What the child answered to the opening. Starts it when there is none. */
  async open<T>(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const run = this.#run?.gone === false ? this.#run : this.#begin();
    return (await abortable(run.opened, signal)) as T;
  }

  /** @throws TwinError of the child, or one that says that it died (retryable); the reason of the signal. */
  async call<T>(ask: unknown, signal: AbortSignal, stallMs = this.#options.stallMs): Promise<T> {
    await this.open(signal);
    const run = this.#run as Run;
    return (await abortable(this.#ask(run, ask, stallMs), signal)) as T;
  }

  /** Lets the child end by itself after `last` was answered, and ends it after some seconds otherwise. */
  async close(last?: unknown): Promise<void> {
    this.#closed = true;
    const run = this.#run;
    if (!run || run.gone) return;
    if (last !== undefined) await this.#ask(run, last, CLOSE_MS).catch(() => undefined);
    this.#opened = false;
    if (!run.gone) run.child.kill('SIGKILL');
    await run.ended;
  }

  #begin(): Run {
    const { title, code, file, opening } = this.#options;
    if (this.#closed) throw new TwinError(code, `${title} is closed.`);
    const first = this.#orProblem(opening);
    const environment = Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    const child = fork(childFile(file), {
      env: { ...environment, ...ONE_THREAD },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    const waiting = new Map<number, Waiting>();
    const ended = new Promise<void>((resolve) => {
      const end = (detail: string): void => {
        if (run.gone) return;
        run.gone = true;
        this.#onEnd(run, detail);
        resolve();
      };
      child.once('exit', (status, signal) =>
        end(
          signal
            ? ` (${signal}) ${stderr.trim()}`.trimEnd()
            : status
              ? ` (exit code ${status}) ${stderr.trim()}`.trimEnd()
              : '',
        ),
      );
      child.once('error', (error) => {
        child.kill('SIGKILL');
        end(` (${error.message})`);
      });
    });
    const run: Run = { child, waiting, ended, gone: false, opened: Promise.resolve() };
    child.on('message', (message: Answered) => {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if ('error' in message) asked?.reject(asError(message.error));
      else asked?.resolve(message.value);
    });
    this.#run = run;
    const since = performance.now();
    run.opened = this.#ask(run, first, this.#options.stallMs).then(
      (value) => {
        this.#opened = true;
        this.#problem = '';
        return value;
      },
      (error: unknown) => {
        this.#problem = inWords(error);
        if (!run.gone) child.kill('SIGKILL');
        throw error;
      },
    );
    run.opened.catch(() => undefined);
    void ended.then(() => {
      if (this.#closed || this.#run !== run || performance.now() - since < STEADY_MS) return;
      this.#begin();
    });
    return run;
  }

  #orProblem<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#problem = inWords(error);
      throw error;
    }
  }

  #ask(run: Run, ask: unknown, stallMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (run.gone) return reject(this.#died(''));
      const id = this.#nextId++;
      const stalled = setTimeout(() => {
        reject(this.#died(' answering'));
        if (!run.gone) run.child.kill('SIGKILL');
      }, stallMs);
      const settle =
        <T extends unknown[]>(then: (...args: T) => void) =>
        (...args: T): void => {
          clearTimeout(stalled);
          then(...args);
        };
      run.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      const message: Asked = { id, ask };
      if (run.child.connected) run.child.send(message, undefined, undefined, () => undefined);
    });
  }

  #onEnd(run: Run, detail: string): void {
    if (this.#run === run) this.#opened = false;
    for (const { reject } of run.waiting.values()) reject(this.#died(detail));
    run.waiting.clear();
  }

  #died(detail: string): TwinError {
    const { title, code } = this.#options;
    return new TwinError(code, `${title} has stopped${detail}.`, { next: 'Try again.', retryable: true });
  }
}

const inWords = (error: unknown): string =>
  error instanceof TwinError ? `${error.message} ${error.next}`.trim() : String(error);

function asError(error: { code: string; message: string; next: string; retryable: boolean }): TwinError {
  const { code, message, next, retryable } = error;
  return new TwinError(code as `TWIN_${string}`, message, { next, retryable });
}

/** The compiled child: beside this file, or in `dist` when this file runs from its TypeScript source. */
function childFile(name: string): string {
  const beside = fileURLToPath(new URL(name, import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]memory[\\/])/, '$1dist$2');
  if (existsSync(file)) return file;
  throw new TwinError('TWIN_NOT_BUILT', 'The agent has not been built yet.', { next: 'Run `npm run build`.' });
}
