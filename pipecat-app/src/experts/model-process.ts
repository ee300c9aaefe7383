import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TwinError } from '../errors.js';
import type { FromChild, GenerationStats, LoadOptions, ToChild } from './embedded-messages.js';
import { TextQueue } from './text-queue.js';

/** What the model's process needs of the environment: where libraries are; no keys. */
const ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'LD_LIBRARY_PATH', 'TMPDIR', 'NODE_LLAMA_CPP_DEBUG'];
const STDERR_KEPT = 1000;

type Job = { text: TextQueue; done: (stats: GenerationStats) => void };

const died = (detail: string): TwinError =>
  new TwinError('TWIN_LLM_UNAVAILABLE', `The language model has stopped${detail}.`, {
    next: 'Ask again.',
    retryable: true,
  });

/** One run of the model's process, from fork to exit. Nothing in here blocks the agent's event loop. */
export class ModelProcess {
  /** Resolves when the model is loaded; rejects when it cannot be, or when the process ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #jobs = new Map<number, Job>();
  #nextId = 1;
  #gone = false;

  constructor(options: LoadOptions) {
    const env = Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    this.#child = fork(childFile(), { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let stderr = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    this.ended = new Promise((resolve) => {
      const end = (detail: string): void => {
        if (this.#gone) return;
        this.#gone = true;
        for (const job of this.#jobs.values()) job.text.fail(died(detail));
        this.#jobs.clear();
        resolve();
      };
      this.#child.once('exit', (code, signal) =>
        end(signal ? ` (${signal})` : code ? ` (exit code ${code}) ${stderr.trim()}`.trimEnd() : ''),
      );
      this.#child.once('error', (error) => {
        this.#child.kill('SIGKILL');
        end(` (${error.message})`);
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: FromChild) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'loadFailed') {
          reject(
            new TwinError('TWIN_LLM_UNAVAILABLE', `The language model cannot be loaded: ${message.message}.`, {
              next: 'Run `twin models verify`.',
              retryable: true,
            }),
          );
        } else this.#onMessage(message);
      });
      void this.ended.then(() => reject(died(' while it was loading')));
    });
    this.ready.catch(() => {});
    this.#send({ type: 'load', options });
  }

  get alive(): boolean {
    return !this.#gone;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Starts a job and returns its text as it comes; `cancel` tells the process to give it up. */
  begin(
    job: { type: 'generate' | 'prepare' } & Omit<Extract<ToChild, { type: 'generate' }>, 'type' | 'id'>,
    onDone: (stats: GenerationStats) => void,
  ): { text: TextQueue; cancel: () => void } {
    const id = this.#nextId++;
    const text = new TextQueue();
    if (this.#gone) {
      text.fail(died(''));
      return { text, cancel: () => {} };
    }
    this.#jobs.set(id, { text, done: onDone });
    this.#send({ ...job, id });
    return {
      text,
      cancel: () => {
        if (this.#jobs.delete(id)) this.#send({ type: 'abort', id });
      },
    };
  }

  /** Ends the process at once; it holds nothing that must be saved. */
  async kill(): Promise<void> {
    if (!this.#gone) this.#child.kill('SIGKILL');
    await this.ended;
  }

  #onMessage(message: Exclude<FromChild, { type: 'ready' } | { type: 'loadFailed' }>): void {
    const job = this.#jobs.get(message.id);
    if (job === undefined) return;
    if (message.type === 'delta') {
      job.text.push(message.text);
      return;
    }
    this.#jobs.delete(message.id);
    if (message.type === 'done') {
      job.done(message.stats);
      job.text.end();
    } else {
      job.text.fail(
        new TwinError('TWIN_LLM_FAILED', `The language model failed: ${message.message}.`, {
          next: 'Ask in fewer words.',
        }),
      );
    }
  }

  #send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, undefined, undefined, () => {});
  }
}

/** The compiled child: beside this file, or in `dist` when this file runs from its TypeScript source. */
function childFile(): string {
  const beside = fileURLToPath(new URL('./embedded-child.js', import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]experts[\\/])/, '$1dist$2');
  if (existsSync(file)) return file;
  throw new TwinError('TWIN_NOT_BUILT', 'The agent has not been built yet.', { next: 'Run `npm run build`.' });
}
