/** Bytes of one line. */
const LONGEST_LINE = 10 * 1024 * 1024;
const MOST_A_SECOND = 1000;

/** Cuts a stream into lines until there is too much of them to be from a server of messages. */
export class LineLimit {
  /** True once a limit was broken: nothing is taken any more. */
  broken = false;
  readonly #now: () => number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #second = Number.NEGATIVE_INFINITY;
  #lines = 0;

  /** @param now ms since some fixed moment */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * The lines that end in `chunk`.
   * @throws Error when a line is longer than 10 MiB or more than 1000 come in a second
   */
  *take(chunk: Buffer): Generator<string> {
    let from = 0;
    while (!this.broken) {
      const end = chunk.indexOf(10, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      this.#bytes += part.length;
      if (this.#bytes > LONGEST_LINE) throw this.#break('its answer is too long');
      this.#parts.push(part);
      if (end < 0) return;
      from = end + 1;
      this.#count();
      const line = Buffer.concat(this.#parts).toString('utf8').trim();
      this.#parts = [];
      this.#bytes = 0;
      if (line !== '') yield line;
    }
  }

  #count(): void {
    if (this.#now() - this.#second >= 1000) {
      this.#second = this.#now();
      this.#lines = 0;
    }
    if (++this.#lines > MOST_A_SECOND) throw this.#break('it writes more than messages');
  }

  #break(why: string): Error {
    this.broken = true;
    this.#parts = [];
    return new Error(why);
  }
}
