import { extractFacts } from './extract.js';
import { InTurn } from './in-turn.js';
import type { LongTermMemory } from './long-term.js';

/** Turns whose facts may wait; more are let go, because nobody should wait for memory. */
const MOST_WAITING = 50;

/** Takes facts out of what was said, after the answer and beside everything else. */
export class Learning {
  readonly #work = new InTurn();
  readonly #stop = new AbortController();
  #waiting = 0;

  constructor(
    private readonly memory: Pick<LongTermMemory, 'remember'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Returns at once. */
  heard(said: string): void {
    for (const fact of extractFacts(said)) this.keep(fact, 'conversation');
  }

  /** Returns at once; `source` is shown with the fact. */
  keep(text: string, source: string): void {
    if (this.#waiting >= MOST_WAITING || this.#stop.signal.aborted) return;
    this.#waiting++;
    void this.#work.run(async () => {
      try {
        await this.memory.remember(text, source, this.#stop.signal);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.onError(error);
      } finally {
        this.#waiting--;
      }
    });
  }

  /** Resolves when everything heard so far is kept. */
  settled(): Promise<void> {
    return this.#work.settled();
  }

  /** Keeps what waits, for as long as `graceMs`. */
  async close(graceMs = 2000): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await this.settled();
    clearTimeout(timer);
    this.#stop.abort();
  }
}
