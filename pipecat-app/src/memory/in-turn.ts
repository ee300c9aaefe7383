/** Runs pieces of work one after the other, whatever becomes of them. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Resolves when everything that was given so far has ended. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
