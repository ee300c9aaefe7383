/** Text on its way from a callback to a reader: pieces, then an end or an error. One reader. */
export class TextQueue implements AsyncIterable<string> {
  readonly #pieces: string[] = [];
  #wake: (() => void) | undefined;
  #state: 'open' | 'ended' | { error: unknown } = 'open';

  push(piece: string): void {
    if (this.#state === 'open') this.#pieces.push(piece);
    this.#wake?.();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake?.();
  }

  /** The reader gets what was pushed before, then the error. */
  fail(error: unknown): void {
    if (this.#state === 'open') this.#state = { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#state === 'ended') return;
      else if (this.#state !== 'open') throw this.#state.error;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
