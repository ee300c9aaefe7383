/** Characters that are the same by chance; a repetition shorter than this is taken for new text. */
const LEAST_REPEATED = 8;

/**
 * Joins the answer of a second server to what the first one said. `exact`: the second goes on right behind it, nothing
 * is changed. `loose`: it may say the end of it, or all of it, once more, and a space between the two may be there
 * twice; that is left out.
 */
export class Seam {
  #held = '';
  #open: boolean;

  constructor(
    private readonly said: string,
    mode: 'exact' | 'loose',
  ) {
    this.#open = mode === 'loose' && said !== '';
  }

  /** Takes the next piece and returns what of it is new and certain. */
  add(piece: string): string {
    if (!this.#open) return piece;
    this.#held += piece;
    return this.#mayRepeat() ? '' : this.#close();
  }

  /** What was held back, when the stream is over. */
  end(): string {
    return this.#open ? this.#close() : '';
  }

  /** Whether what came so far could still turn out to be a repetition. */
  #mayRepeat(): boolean {
    const text = this.#held.trimStart();
    if (text === '') return true;
    for (let at = this.said.indexOf(text); at >= 0; at = this.said.indexOf(text, at + 1))
      if (at + text.length < this.said.length) return true;
    return false;
  }

  #close(): string {
    this.#open = false;
    const text = this.#held.trimStart();
    for (let length = Math.min(this.said.length, text.length); length >= LEAST_REPEATED; length--)
      if (this.said.endsWith(text.slice(0, length))) return text.slice(length);
    // The whole of a short answer once more.
    if (text.startsWith(this.said) && this.said.length >= LEAST_REPEATED / 2) return text.slice(this.said.length);
    return /\s$/.test(this.said) ? text : this.#held;
  }
}
