import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { PowerAgentError } from './errors.js';
import { type LoaderLine, type LoaderStats, loaderLine } from './loader-lines.js';
import type { Syn } from './probe-event.js';

/** The loader with its arguments; what comes before it may change the user or the network it runs in. */
export type LoaderCommand = readonly [program: string, ...args: string[]];

export type LoaderOrder =
  | { op: 'attach' | 'detach'; interface: string }
  | { op: 'watch' | 'unwatch'; port: number }
  | { op: 'alert' | 'hold'; port: number; classes: number }
  | { op: 'class'; prefix: string; class: number }
  | { op: 'text'; begins: string; kind: number };

type Answer = Extract<LoaderLine, { done: string } | { error: string } | { stats: unknown }>;
type Waiting = { resolve: (line: Answer) => void; reject: (error: Error) => void };

const PATIENCE_MS = 5_000;

/** The process that puts the program into the kernel. It answers orders one by one, in their order. */
export class Loader {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting: Waiting[] = [];
  readonly #onSyn: (syn: Syn) => void;
  /** Why it ended, once it has. */
  readonly ended: Promise<PowerAgentError>;
  /** Ports that an earlier loader left in the kernel. */
  kept: readonly number[] = [];
  #words = '';

  private constructor([program, ...args]: LoaderCommand, onSyn: (syn: Syn) => void) {
    this.#onSyn = onSyn;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    // A loader that is gone is told of by `ended`.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-500);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(gone(error.message)));
      this.#child.once('close', (code, by) => resolve(gone(this.#words.trim() || `It ended with ${by ?? code}.`)));
    });
    void this.ended.then((error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /**
   * Starts it and waits until the program is in the kernel.
   * @throws PowerAgentError `TWIN_POWER_BPF`
   */
  static async start(command: LoaderCommand, onSyn: (syn: Syn) => void, signal: AbortSignal): Promise<Loader> {
    const loader = new Loader(command, onSyn);
    const ready = new Promise<void>((resolve) => {
      createInterface({ input: loader.#child.stdout }).on('line', (text) => loader.#take(text, resolve));
    });
    const late = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const aborted = once(late, 'abort').then(() => gone('It was not ready in time.'));
    const failed = await Promise.race([ready, loader.ended, aborted]);
    if (failed === undefined) return loader;
    await loader.#kill();
    signal.throwIfAborted();
    throw failed;
  }

  /** @throws PowerAgentError `TWIN_POWER_BPF` when the kernel refuses */
  async order(order: LoaderOrder): Promise<void> {
    const answer = await this.#ask(order);
    if ('error' in answer) throw gone(`${JSON.stringify(order)}: ${answer.error}.`);
  }

  async stats(): Promise<LoaderStats> {
    const answer = await this.#ask({ op: 'stats' });
    if (!('stats' in answer)) throw gone('It gave no counts.');
    return answer.stats;
  }

  /** It detaches from every interface and ends. */
  async quit(): Promise<void> {
    this.#child.stdin.end('{"op":"quit"}\n');
    await this.#kill('SIGTERM');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  #ask(order: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || !this.#child.stdin.writable) return reject(gone('It runs no more.'));
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    });
  }

  #take(text: string, ready: () => void): void {
    const line = loaderLine.parse(JSON.parse(text));
    if ('syn' in line) this.#onSyn(line.syn);
    else if ('ready' in line) {
      this.kept = line.ready.ports.map(({ port }) => port);
      ready();
    } else if ('fatal' in line) this.#words = `${line.fatal} ${line.reason}.`;
    else this.#waiting.shift()?.resolve(line);
  }

  async #kill(first?: 'SIGTERM'): Promise<void> {
    if (first !== undefined) this.#child.kill(first);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), first === undefined ? 0 : PATIENCE_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

const gone = (why: string): PowerAgentError =>
  new PowerAgentError('TWIN_POWER_BPF', `The traffic monitor does not run: ${why}`, {
    next: 'Give the power agent CAP_BPF and CAP_NET_ADMIN, and run power-agent/bpf/build.sh on this node.',
  });
