import { TwinError } from '../errors.js';
import { EMPTY, enter, type Job, leave, type Queue, type Step } from './stt-queue.js';

type Waiting = { begin: () => void; refuse: (error: unknown) => void; stop: AbortController };

export const busy = (): TwinError =>
  new TwinError('TWIN_STT_BUSY', 'The ear is working on something more urgent.', {
    next: 'Send the next partial later.',
    retryable: true,
  });

/** Lets one request at a time use an engine, in the order that `stt-queue.ts` decides. */
export class SingleEngine {
  readonly #jobs = new Map<number, Waiting>();
  #queue: Queue = EMPTY;
  #nextId = 0;

  /**
   * Runs `work` when its turn comes.
   * @param work must end soon after its signal aborts.
   * @throws TwinError `TWIN_STT_BUSY` for a partial that found other work or had to give way to a final.
   */
  async run<T>(kind: Job['kind'], signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const job: Job = { id: this.#nextId++, kind };
    const stop = new AbortController();
    const cancelled = AbortSignal.any([signal, stop.signal]);
    let giveUp: (() => void) | undefined;
    try {
      await new Promise<void>((begin, refuse) => {
        this.#jobs.set(job.id, { begin, refuse, stop });
        giveUp = () => refuse(signal.reason);
        signal.addEventListener('abort', giveUp, { once: true });
        this.#apply(enter(this.#queue, job));
      });
      return await work(cancelled);
    } catch (error) {
      throw stop.signal.aborted && !signal.aborted ? busy() : error;
    } finally {
      if (giveUp !== undefined) signal.removeEventListener('abort', giveUp);
      this.#jobs.delete(job.id);
      this.#apply(leave(this.#queue, job.id));
    }
  }

  #apply({ queue, start, abort, refuse }: Step): void {
    this.#queue = queue;
    if (refuse !== undefined) this.#jobs.get(refuse.id)?.refuse(busy());
    if (abort !== undefined) this.#jobs.get(abort.id)?.stop.abort();
    if (start !== undefined) this.#jobs.get(start.id)?.begin();
  }
}
