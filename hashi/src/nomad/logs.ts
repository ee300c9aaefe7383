import { z } from 'zod';
import { Backoff } from '../backoff.js';
import { brokeOff, fitting, HashiError } from '../errors.js';
import { jsonSequence } from '../json-sequence.js';
import type { Allocations } from './allocations.js';
import { type Call, listOf, type NomadApi, part } from './api.js';
import { advance, type LogFile, type LogPosition, offsetOf, positionAt } from './log-position.js';

export type FollowOptions = Pick<Call, 'namespace' | 'region'> & {
  stream?: 'stdout' | 'stderr';
  /** Where to begin, in bytes: from the oldest that is kept, or from the end when negative. 0 when left out. */
  offset?: number;
  signal: AbortSignal;
};

const frame = z.looseObject({
  /** Base64. */
  Data: z.string().default(''),
  File: z.string().default(''),
  /** `file deleted` or `file truncated`. */
  FileEvent: z.string().default(''),
});
const listed = listOf(z.looseObject({ Name: z.string(), IsDir: z.boolean(), Size: z.number() }));

/** Nomad sends an empty frame every second. */
const IDLE_MS = 20_000;
/** Between two looks at whether the task still runs, in ms: Nomad follows the log of a dead task for ever. */
const LOOK_EVERY_MS = 5_000;

type Task = { started: boolean; dead: boolean };
type Asked = { allocation: string; task: string; stream: 'stdout' | 'stderr'; call: Call };

/** Logs of tasks. */
export class Logs {
  readonly #api: NomadApi;
  readonly #allocations: Allocations;
  readonly #onTrouble: ((error: HashiError) => void) | undefined;

  constructor(api: NomadApi, allocations: Allocations, onTrouble: ((error: HashiError) => void) | undefined) {
    this.#api = api;
    this.#allocations = allocations;
    this.#onTrouble = onTrouble;
  }

  /**
   * What a task writes, from `offset` on, in the pieces that come. Waits for the task to start; ends when the task has
   * ended and all is read, or quietly when `signal` aborts. After a broken connection it goes on at the next byte, over
   * the rotation of files too (that needs the capability `read-fs`, as a negative offset does; `read-logs` is enough for
   * the rest).
   * @throws HashiError that no retry can mend, `TWIN_NOMAD_MISSING` when there is no such allocation or task.
   */
  async *follow(
    allocation: string,
    task: string,
    { stream = 'stdout', offset = 0, ...call }: FollowOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const { signal } = call;
    const asked: Asked = { allocation, task, stream, call };
    const reading = { offset, position: undefined as LogPosition | undefined };
    const start = new Backoff({ clock: this.#api.clock, longestMs: 2_000 });
    const broken = new Backoff({ clock: this.#api.clock });
    while (!signal.aborted) {
      try {
        const { started, dead } = await this.#task(asked);
        if (!started && dead) return;
        if (!started) {
          await start.wait(signal);
          continue;
        }
        for await (const data of this.#read(asked, reading, !dead)) {
          broken.reset();
          yield data;
        }
        if (dead) return;
      } catch (error) {
        if (signal.aborted) return;
        const failure = error instanceof SyntaxError ? brokeOff('NOMAD', `GET ${pathOf(allocation)}`, error) : error;
        if (!(failure instanceof HashiError) || !failure.retryable) throw failure;
        this.#onTrouble?.(failure);
        await broken.wait(signal);
      }
    }
  }

  /**
   * How many bytes of a task's log are kept, which is the offset of its end; 0 before the task has started. Needs the
   * capability `read-fs`.
   * @throws HashiError `TWIN_NOMAD_MISSING` when there is no such allocation.
   */
  async size(
    allocation: string,
    task: string,
    { stream = 'stdout', ...call }: Call & { stream?: 'stdout' | 'stderr' } = {},
  ): Promise<number> {
    const files = await this.#files({ allocation, task, stream, call }, true);
    return files?.reduce((sum, { size }) => sum + size, 0) ?? 0;
  }

  /** One connection. Ends with the log, or, when `follow`, soon after the task's end. */
  async *#read(
    asked: Asked,
    reading: { offset: number; position: LogPosition | undefined },
    follow: boolean,
  ): AsyncGenerator<Uint8Array, void> {
    const { allocation, task, stream, call } = asked;
    const files = await this.#files(asked, reading.offset < 0);
    if (files !== undefined) {
      reading.position ??= positionAt(files, reading.offset);
      reading.offset = offsetOf(files, reading.position);
    }
    const query = { task, type: stream, follow, origin: 'start', offset: reading.offset };
    const chunks = this.#api.http.stream(this.#api.request('GET', pathOf(allocation), call, { query }), IDLE_MS);
    const { clock } = this.#api;
    let looked = clock.now();
    for await (const object of jsonSequence(chunks)) {
      const { Data, File, FileEvent } = fitting('NOMAD', frame, object, `GET ${pathOf(allocation)}`);
      const data = Buffer.from(Data, 'base64');
      if (File !== '') {
        const truncated = FileEvent === 'file truncated';
        if (reading.position) reading.position = advance(reading.position, File, data.length, truncated);
        reading.offset += data.length;
      }
      if (data.length > 0) yield data;
      if (!follow || clock.now() - looked < LOOK_EVERY_MS) continue;
      looked = clock.now();
      // What is left comes by the next connection, which does not follow and so has an end.
      if ((await this.#task(asked)).dead) return;
    }
    if (follow) throw brokeOff('NOMAD', `GET ${pathOf(allocation)}`, undefined);
  }

  async #task({ allocation, task, call }: Asked): Promise<Task> {
    const { TaskStates, ClientStatus } = await this.#allocations.read(allocation, call);
    const state = TaskStates[task];
    const over = ['complete', 'failed', 'lost'].includes(ClientStatus);
    if (state === undefined && Object.keys(TaskStates).length > 0) {
      const message = `Allocation ${allocation} has no task ${task}.`;
      const next = `It has ${Object.keys(TaskStates).join(', ')}.`;
      throw new HashiError('TWIN_NOMAD_MISSING', `GET ${pathOf(allocation)}`, message, { next });
    }
    const started = Boolean(state?.StartedAt) && !state?.StartedAt?.startsWith('0001-');
    return { started, dead: state === undefined ? over : state.State === 'dead' };
  }

  /** The files of the log, oldest first; undefined when the token may read logs only, unless they are `needed`. */
  async #files({ allocation, task, stream, call }: Asked, needed: boolean): Promise<LogFile[] | undefined> {
    const path = `/v1/client/fs/ls/${part(allocation)}`;
    try {
      const all = await this.#api.get(listed, path, call, { path: 'alloc/logs' });
      const prefix = `${task}.${stream}.`;
      return all
        .filter(({ Name, IsDir }) => !IsDir && Name.startsWith(prefix) && /^\d+$/.test(Name.slice(prefix.length)))
        .map(({ Name, Size }) => ({ index: Number(Name.slice(prefix.length)), size: Size }))
        .sort((a, b) => a.index - b.index);
    } catch (error) {
      if (!needed && error instanceof HashiError && error.status === 403) return undefined;
      throw error;
    }
  }
}

const pathOf = (allocation: string): string => `/v1/client/fs/logs/${part(allocation)}`;
