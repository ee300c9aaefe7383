/** A question whose answer is new enough for a while: however many ask, it is asked once at a time. */
export class Fresh<T> {
  readonly #ask: () => Promise<T>;
  readonly #freshMs: number;
  readonly #now: () => number;
  #last: { at: number; answer: Promise<T> } | undefined;

  constructor(ask: () => Promise<T>, freshMs: number, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#freshMs = freshMs;
    this.#now = now;
  }

  /** Throws what the question throws; a failure is kept for nobody who asks later. */
  get(): Promise<T> {
    if (this.#last && this.#now() < this.#last.at + this.#freshMs) return this.#last.answer;
    const last = { at: Number.POSITIVE_INFINITY, answer: this.#ask() };
    this.#last = last;
    const done = (at: number): void => {
      last.at = at;
    };
    last.answer.then(
      () => done(this.#now()),
      () => done(Number.NEGATIVE_INFINITY),
    );
    return last.answer;
  }

  /** The next one asks again. */
  forget(): void {
    this.#last = undefined;
  }
}
