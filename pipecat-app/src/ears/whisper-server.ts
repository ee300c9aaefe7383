import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants, existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { request } from 'undici';
import { TwinError } from '../errors.js';

export type WhisperFiles = {
  binary: string;
  model: string;
  /** Left out: two when the engine's threads sleep at their barriers (built with OpenMP), else one. */
  threads?: number;
};

/** Loading takes under 1 s from a warm disk; an old disk may need a minute for the first read. */
const LOAD_MS = 90_000;
const PROBE_EVERY_MS = 20;
const TERM_MS = 2_000;
const STDERR_KEPT = 2_000;
/** Ends the child when the agent dies without a chance to clean up (util-linux). */
const SETPRIV = '/usr/bin/setpriv';

/** Keeps one `whisper-server` alive on loopback: starts it, restarts it when it dies and leaves no child behind. */
export class WhisperServer {
  readonly #files: WhisperFiles;
  readonly #closing = new AbortController();
  #child: ChildProcess | undefined;
  #address: Promise<string> | undefined;
  #problem = 'not started';
  #restarts = -1;
  #threads = 0;

  constructor(files: WhisperFiles) {
    this.#files = files;
  }

  /** The process id, while a server runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  health(): { ok: boolean; detail: string } {
    if (this.#problem !== '') return { ok: false, detail: this.#problem };
    return { ok: true, detail: `whisper-server, ${this.#threads} threads, ${this.#restarts} restarts` };
  }

  /**
   * Base address of a server that answers; starts one when there is none.
   * @throws TwinError `TWIN_ENGINE_MISSING`, `TWIN_MODEL_MISSING`, `TWIN_STT_UNAVAILABLE`.
   */
  address(): Promise<string> {
    this.#address ??= this.#launch().catch((error: unknown) => {
      this.#address = undefined;
      this.#problem = error instanceof Error ? error.message : String(error);
      throw error;
    });
    return this.#address;
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#problem = 'closed';
    await end(this.#child);
    await this.#address?.catch(() => undefined);
    await end(this.#child);
  }

  /** Ends a server that no longer answers; the next `address()` is that of a new one. */
  async replace(): Promise<void> {
    await end(this.#child);
  }

  async #launch(): Promise<string> {
    const { binary, model } = this.#files;
    await mustExist(binary, constants.X_OK, 'TWIN_ENGINE_MISSING', 'The speech-to-text engine is not installed');
    await mustExist(model, constants.R_OK, 'TWIN_MODEL_MISSING', 'The speech-to-text model is not there');
    this.#threads = this.#files.threads ?? ((await sleepsAtBarriers(binary)) ? 2 : 1);
    const policy = retry(
      handleWhen((e) => e instanceof TwinError && e.retryable),
      {
        maxAttempts: 4,
        backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }),
      },
    );
    return policy.execute(() => this.#launchOnce(), this.#closing.signal);
  }

  async #launchOnce(): Promise<string> {
    if (this.#closing.signal.aborted) throw unavailable('it was closed', false);
    const port = await freePort();
    // A path nobody can guess keeps web pages from using the server, which answers any origin.
    const path = `/${randomBytes(12).toString('hex')}`;
    const child = this.#spawn(port, path);
    this.#child = child;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    let gone: string | undefined;
    let ready = false;
    const exited = new AbortController();
    child.once('error', (error) => {
      gone = error.message;
      exited.abort();
    });
    child.once('exit', (code, signal) => {
      gone ??= `it ended with ${signal ?? code}: ${lastLine(stderr)}`;
      exited.abort();
      if (ready && this.#child === child) this.#lost(gone);
    });
    const url = `http://127.0.0.1:${port}${path}`;
    ready = await answers(url, AbortSignal.any([exited.signal, this.#closing.signal, AbortSignal.timeout(LOAD_MS)]));
    if (!ready || gone !== undefined) {
      await end(child);
      throw unavailable(gone ?? 'it did not start in time', !this.#closing.signal.aborted);
    }
    this.#restarts++;
    this.#problem = '';
    return url;
  }

  #spawn(port: number, path: string): ChildProcess {
    const { binary, model } = this.#files;
    const args = ['-m', model, '-t', String(this.#threads), '-nlp', '--host', '127.0.0.1', '--port', String(port)];
    args.push('--request-path', path, '--public', '/nonexistent');
    const guard = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];
    const [command = binary, ...rest] = [...guard, binary, ...args];
    return spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env: { PATH: process.env.PATH } });
  }

  #lost(why: string): void {
    this.#child = undefined;
    this.#address = undefined;
    if (this.#closing.signal.aborted || this.#problem !== '') return;
    this.#problem = why;
    this.address().catch(() => undefined);
  }
}

export function unavailable(why: string, retryable = true, cause?: unknown): TwinError {
  return new TwinError('TWIN_STT_UNAVAILABLE', `Speech-to-text does not work: ${why}.`, {
    next: 'Try again; if it stays so, run `twin doctor`.',
    retryable,
    cause,
  });
}

/**
 * Whether the engine was built with OpenMP, as the `BUILD` file beside it says. Without, ggml's threads spin at every
 * barrier: two of them took ten times the CPU time and up to 14 s for a 2 s command while the machine was busy.
 */
async function sleepsAtBarriers(binary: string): Promise<boolean> {
  const build = await readFile(join(dirname(binary), 'BUILD'), 'utf8').catch(() => '');
  return build.includes('-DGGML_OPENMP=ON');
}

async function mustExist(file: string, mode: number, code: `TWIN_${string}`, what: string): Promise<void> {
  try {
    await access(file, mode);
  } catch (cause) {
    throw new TwinError(code, `${what}: ${file}.`, { next: 'Run `twin models pull` and start again.', cause });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** True when the server answers, false when `signal` aborts first. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      const { statusCode, body } = await request(`${url}/health`, { signal, reset: true });
      await body.dump();
      if (statusCode === 200) return true;
    } catch {
      // Nobody listens on the port while the model is loading.
    }
    await delay(PROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), TERM_MS);
  await exited;
  clearTimeout(kill);
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
