import { setTimeout as wait } from 'node:timers/promises';
import { isAbort, toPublicError } from './errors.js';

/** A part of the agent that is started, watched and closed: an ear, a mouth, a language model. */
export type Part = {
  readonly name: string;
  /** Without its core parts the agent cannot hold a spoken conversation. */
  readonly core: boolean;
  /** Resolves when the part is ready. Parts without it are ready from the beginning. */
  start?(signal: AbortSignal): Promise<void>;
  health(): { ok: boolean; detail: string };
  close(): Promise<void>;
};

export type PartStatus = { name: string; core: boolean; state: 'starting' | 'ok' | 'failed'; detail: string };

/** A part that did not start is tried again this often, so that a model that was fetched meanwhile is found. */
const RETRY_MS = 20_000;

/** Starts parts side by side, and each one again until it runs. */
export class Parts {
  readonly #parts: readonly Part[];
  readonly #started = new Map<Part, 'starting' | 'ok' | string>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    for (const part of parts) this.#started.set(part, part.start ? 'starting' : 'ok');
  }

  /** @param onFailure called for each start that fails */
  start(onFailure: (part: string, error: unknown) => void): void {
    this.#running = Promise.all(this.#parts.map((part) => this.#bringUp(part, onFailure)));
  }

  status(): PartStatus[] {
    return this.#parts.map((part) => {
      const { name, core } = part;
      const started = this.#started.get(part) ?? 'starting';
      if (started === 'starting') return { name, core, state: 'starting', detail: 'It is starting.' };
      if (started !== 'ok') return { name, core, state: 'failed', detail: started };
      const { ok, detail } = part.health();
      return { name, core, state: ok ? 'ok' : 'failed', detail };
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#parts.map((part) => part.close()));
  }

  async #bringUp(part: Part, onFailure: (part: string, error: unknown) => void): Promise<void> {
    const { signal } = this.#stop;
    while (part.start && !signal.aborted) {
      try {
        await part.start(signal);
        this.#started.set(part, 'ok');
        return;
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        const { message, next } = toPublicError(error);
        this.#started.set(part, `${message} ${next}`.trim());
        onFailure(part.name, error);
      }
      await wait(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
