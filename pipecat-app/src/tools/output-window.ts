/**
 * The beginning and the end of a long output: the middle of a log is what a reader misses least. Sizes in characters.
 * Escape sequences of terminals and control characters are left out, so that an output cannot redraw what is around it.
 */
export class OutputWindow {
  #head = '';
  #tail = '';
  #size = 0;
  readonly #headSize: number;
  readonly #tailSize: number;

  constructor({ head = 1500, tail = 2000 }: { head?: number; tail?: number } = {}) {
    this.#headSize = head;
    this.#tailSize = tail;
  }

  /** Characters that were added so far. */
  get size(): number {
    return this.#size;
  }

  add(text: string): void {
    this.#size += text.length;
    const room = this.#headSize - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    const rest = room > 0 ? text.slice(room) : text;
    this.#tail = (this.#tail + rest).slice(-this.#tailSize);
  }

  text(): string {
    const left = this.#size - this.#head.length - this.#tail.length;
    const middle = left > 0 ? `\n… ${left} characters left out …\n` : '';
    return printable(`${this.#head}${middle}${this.#tail}`).trim();
  }
}

/** Text without terminal escapes and control characters; lines stay lines, `\r` begins a line. */
export function printable(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
      .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)/g, '')
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
      .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '')
  );
}
