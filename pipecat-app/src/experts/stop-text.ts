/**
 * Cuts a stream of text before the first of some marks, which may be spread over pieces. Text that could be the
 * beginning of a mark is held back until it is clear.
 */
export class StopText {
  #held = '';
  #stopped = false;

  constructor(private readonly marks: readonly string[]) {}

  /** True once a mark was met; nothing comes out after it. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes the next piece and returns the text that is certain by now. */
  add(piece: string): string {
    if (this.#stopped) return '';
    const text = this.#held + piece;
    const found = this.marks.map((mark) => text.indexOf(mark)).filter((at) => at !== -1);
    if (found.length > 0) {
      this.#stopped = true;
      this.#held = '';
      return text.slice(0, Math.min(...found));
    }
    let keep = 0;
    for (const mark of this.marks) {
      for (let n = Math.min(mark.length - 1, text.length); n > keep; n--) if (mark.startsWith(text.slice(-n))) keep = n;
    }
    this.#held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }

  /** What was held back, when the stream is over. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return this.#stopped ? '' : rest;
  }
}
