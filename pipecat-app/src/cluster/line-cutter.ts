const NEWLINE = 10;
/** A line longer than this goes out in pieces, in bytes. */
const LONGEST = 16 * 1024;

/** Bytes in, whole lines of text out: a reader who comes back goes on at the beginning of a line. */
export class LineCutter {
  #held: Uint8Array = new Uint8Array(0);
  #skipping: boolean;

  /** @param insideLine the first bytes are the rest of a line whose beginning nobody has: they are left out */
  constructor(insideLine = false) {
    this.#skipping = insideLine;
  }

  /** `bytes` is how many the text and what was left out before it took; no text: nothing to show yet. */
  push(data: Uint8Array): { text: string; bytes: number } {
    this.#held = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
    let skipped = 0;
    if (this.#skipping) {
      const end = this.#held.indexOf(NEWLINE);
      skipped = end < 0 ? this.#held.length : end + 1;
      this.#skipping = end < 0;
      this.#held = this.#held.subarray(skipped);
    }
    const end = this.#held.lastIndexOf(NEWLINE) + 1;
    const cut = end > 0 || this.#held.length <= LONGEST ? end : wholeCharacters(this.#held);
    return { text: this.#take(cut), bytes: skipped + cut };
  }

  /** The last line, when the log ends without a line break. */
  rest(): { text: string; bytes: number } {
    const bytes = this.#held.length;
    return { text: this.#take(bytes), bytes };
  }

  #take(bytes: number): string {
    const text = Buffer.from(this.#held.subarray(0, bytes)).toString('utf8');
    this.#held = this.#held.subarray(bytes);
    return text;
  }
}

/** How many bytes there are before a UTF-8 character that is not complete yet. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const length = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
