/** Something happened since the last look: any number of `set` before a `wait` count once. */
export class Latch {
  #set = false;
  #wake: (() => void) | undefined;

  set(): void {
    this.#set = true;
    this.#wake?.();
  }

  /** Ends when `set` was called since the last `wait`. For one waiter. */
  async wait(): Promise<void> {
    if (!this.#set) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#set = false;
  }
}
