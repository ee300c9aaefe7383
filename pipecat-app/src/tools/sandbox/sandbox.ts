import { existsSync } from 'node:fs';
import type { TwinError } from '../../errors.js';
import { ControlGroups } from './control-group.js';
import type { SandboxLimits } from './limits.js';
import { type Ended, SandboxProcess, sandboxMissing, sandboxRefused } from './sandbox-process.js';

const PLACES = ['/usr/bin/bwrap', '/bin/bwrap', '/usr/local/bin/bwrap'];

export type Ran = Ended & { stdout: string; stderr: string };

export type RunOptions = {
  signal: AbortSignal;
  /** Its standard input. */
  input?: string;
  /** Folder of the host that is `/work`. */
  work?: string | undefined;
  limits?: Partial<SandboxLimits> | undefined;
};

/**
 * Runs programs that nobody has checked: no network, no files of the host but `/usr`, no other processes, no rights, and
 * limits on all they can use up. There is no way round it: where it cannot be made, nothing runs.
 */
export class Sandbox {
  readonly limits: SandboxLimits;
  readonly #places: readonly string[];
  readonly #running = new Set<SandboxProcess>();
  readonly #groups = ControlGroups.find();
  #tried: Promise<TwinError | undefined> | undefined;
  #refusal: TwinError | undefined;

  /** `places`: where bubblewrap may be. */
  constructor(limits: SandboxLimits, places: readonly string[] = PLACES) {
    this.limits = limits;
    this.#places = places;
  }

  /** Why nothing can run here and what to do about it; undefined when it can, or has not been tried. */
  unavailable(): string | undefined {
    const error = this.#program() === undefined ? sandboxMissing() : this.#refusal;
    return error && `${error.message} ${error.next}`;
  }

  /** What holds programs here, for the page of the agent's health. */
  detail(): string {
    const by = this.#groups
      ? 'prlimit, a control group and a watch over disk'
      : 'prlimit and a watch over memory and disk';
    return this.unavailable() ?? `Sandbox: bubblewrap, limits by ${by}.`;
  }

  /**
   * Runs `command` to its end; everything of it is gone when this returns or throws.
   * @throws TwinError `TWIN_SANDBOX_MISSING`, `TWIN_SANDBOX_REFUSED`; AbortError
   */
  async run(command: readonly string[], { signal, input, work, limits }: RunOptions): Promise<Ran> {
    const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const running = await this.start(command, { signal, work, limits }, (stream, bytes) => out[stream].push(bytes));
    running.end(input);
    const ended = await running.ended;
    signal.throwIfAborted();
    const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('utf8');
    return { ...ended, stdout: text(out.stdout), stderr: text(out.stderr) };
  }

  /**
   * Starts `command` and leaves it running, until it ends, `signal` aborts or a limit is met.
   * @throws as `run`
   */
  async start(
    command: readonly string[],
    { signal, work, limits }: Omit<RunOptions, 'input'>,
    onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => void,
  ): Promise<SandboxProcess> {
    this.#tried ??= this.#try();
    this.#refusal = await this.#tried;
    if (this.#refusal !== undefined) {
      // What was missing may have been installed since.
      this.#tried = undefined;
      throw this.#refusal;
    }
    signal.throwIfAborted();
    const process = this.#spawn(command, onOutput, { ...this.limits, ...limits }, work);
    const stop = (): void => process.kill();
    signal.addEventListener('abort', stop, { once: true });
    void process.ended.then(() => signal.removeEventListener('abort', stop));
    return process;
  }

  /** Stops everything that still runs. */
  async close(): Promise<void> {
    const all = [...this.#running];
    for (const process of all) process.kill();
    await Promise.all(all.map((process) => process.ended));
  }

  #spawn(
    command: readonly string[],
    onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => void,
    limits: SandboxLimits,
    work?: string,
  ): SandboxProcess {
    const program = this.#program();
    if (program === undefined) throw sandboxMissing();
    const layout = work === undefined ? { limits } : { limits, work };
    const process = new SandboxProcess(program, command, layout, onOutput, this.#groups?.open(limits));
    this.#running.add(process);
    void process.ended.then(() => this.#running.delete(process));
    return process;
  }

  async #try(): Promise<TwinError | undefined> {
    if (this.#program() === undefined) return sandboxMissing();
    let said = '';
    const process = this.#spawn(['/bin/true'], (_, bytes) => (said += bytes.toString('utf8')), this.limits);
    process.end();
    const { code } = await process.ended;
    return code === 0 ? undefined : sandboxRefused(said);
  }

  #program(): string | undefined {
    return this.#places.find((place) => existsSync(place));
  }
}
