import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TwinError } from '../errors.js';
import type { Pcm } from '../voice/pcm.js';
import { FrameCutter } from './frame-cutter.js';
import type { Op, WorkerMessage, WorkerStart } from './silero-messages.js';
import { SILERO, type SileroName } from './silero-model.js';
import type { Vad, VadEngine, VadEvent, VadKnobs } from './vad.js';

export type SileroOptions = {
  model?: SileroName;
  /** Starts the worker thread; tests pass their own to get hold of it. */
  spawn?: (start: WorkerStart) => Worker;
};

/** Waits before the first and at most before every later restart of a worker that died, in ms. */
const RESTART_MS = { first: 50, most: 5_000 };

type Listener = { knobs: VadKnobs; onEvent: (event: VadEvent) => void; onError: (error: Error) => void };

/**
 * Silero's neural speech detector. The model runs in one worker thread that serves every session, because its `run()`
 * blocks the thread it is called on. The thread and the model (about 45 MB) exist from the first `open()` on.
 */
export class SileroVad implements VadEngine {
  readonly name: string;
  readonly #model: SileroName;
  readonly #spawn: (start: WorkerStart) => Worker;
  readonly #listeners = new Map<number, Listener>();
  #worker: Worker | undefined;
  #waiting: Op[] = [];
  #flushing = false;
  #restart: NodeJS.Timeout | undefined;
  #deaths = 0;
  #problem: TwinError | undefined;
  #nextId = 0;
  #closed = false;
  #frames = 0;
  #busyMs = 0;

  constructor({ model = 'v5', spawn = spawnWorker }: SileroOptions = {}) {
    this.name = `silero-${model}`;
    this.#model = model;
    this.#spawn = spawn;
  }

  open(knobs: VadKnobs, onEvent: (event: VadEvent) => void, onError: (error: Error) => void): Vad {
    const id = this.#nextId++;
    this.#listeners.set(id, { knobs, onEvent, onError });
    if (this.#worker === undefined && this.#restart === undefined) this.#begin();
    else this.#post({ op: 'open', id, knobs });
    if (this.#problem !== undefined) queueMicrotask(() => this.#problem && onError(this.#problem));
    return this.#vad(id, new FrameCutter(SILERO[this.#model].frameSamples));
  }

  health(): { ok: boolean; detail: string } {
    if (this.#problem !== undefined)
      return { ok: false, detail: `${this.#problem.message} ${this.#problem.next}`.trim() };
    const perFrame = this.#frames === 0 ? 'no frame yet' : `${(this.#busyMs / this.#frames).toFixed(2)} ms per frame`;
    return { ok: true, detail: `${this.name}, ${this.#listeners.size} sessions, ${perFrame}` };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    clearTimeout(this.#restart);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #vad(id: number, cutter: FrameCutter): Vad {
    const when = (act: () => void) => {
      if (this.#listeners.has(id)) act();
    };
    return {
      push: (pcm: Pcm) =>
        when(() => {
          const frames = cutter.push(pcm);
          if (frames !== undefined) this.#post({ op: 'frames', id, ...frames });
        }),
      set: (knobs) =>
        when(() => {
          const listener = this.#listeners.get(id);
          if (listener !== undefined) listener.knobs = knobs;
          this.#post({ op: 'set', id, knobs });
        }),
      endSegment: () => when(() => this.#post({ op: 'endSegment', id })),
      close: () =>
        when(() => {
          this.#listeners.delete(id);
          this.#post({ op: 'close', id });
        }),
    };
  }

  /** Operations of one turn of the event loop travel together; without a worker there is nobody to tell. */
  #post(op: Op): void {
    if (this.#worker === undefined) return;
    this.#waiting.push(op);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      const ops = this.#waiting.splice(0);
      this.#worker?.postMessage(
        ops,
        ops.flatMap((o) => (o.op === 'frames' ? [o.samples.buffer as ArrayBuffer] : [])),
      );
    });
  }

  #begin(): void {
    this.#restart = undefined;
    if (this.#closed || this.#listeners.size === 0) return;
    this.#waiting = [];
    let why: string | undefined;
    try {
      const worker = this.#spawn({ model: this.#model });
      this.#worker = worker;
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'failed') why = message.message;
        else if (worker === this.#worker) this.#take(message);
      });
      worker.on('error', (error) => {
        why = error.message;
      });
      worker.on('exit', () => {
        if (worker === this.#worker) this.#died(why ?? 'its thread ended');
      });
      for (const [id, { knobs }] of this.#listeners) this.#post({ op: 'open', id, knobs });
    } catch (error) {
      this.#died(error instanceof Error ? error.message : String(error));
    }
  }

  #take(message: Exclude<WorkerMessage, { type: 'failed' }>): void {
    if (message.type === 'ready') {
      this.#problem = undefined;
      return;
    }
    this.#deaths = 0;
    this.#frames += message.frames;
    this.#busyMs += message.ms;
    for (const { id, events } of message.batch) for (const event of events) this.#listeners.get(id)?.onEvent(event);
  }

  #died(why: string): void {
    this.#worker = undefined;
    const problem = new TwinError('TWIN_VAD_UNAVAILABLE', `The speech detector stopped: ${why}.`, {
      next: 'It restarts by itself; if this repeats, install the packages again with `npm ci` and build.',
      retryable: true,
    });
    const known = this.#problem !== undefined;
    this.#problem = problem;
    const wait = Math.min(RESTART_MS.most, RESTART_MS.first * 2 ** this.#deaths++);
    this.#restart = setTimeout(() => this.#begin(), wait).unref();
    if (known) return;
    for (const { onError } of [...this.#listeners.values()]) onError(problem);
  }
}

/** The compiled worker: beside this file, or in `dist` when this file runs from its TypeScript source. */
function spawnWorker(workerData: WorkerStart): Worker {
  const beside = fileURLToPath(new URL('./silero-worker.js', import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]ears[\\/])/, '$1dist$2');
  if (!existsSync(file)) throw new Error('the agent has not been built yet (run `npm run build`)');
  // The model's memory is outside the JavaScript heap; what is left inside it are messages.
  return new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 } });
}
