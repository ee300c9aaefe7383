/** Longest object that is taken, in bytes. */
const LONGEST = 16 * 1024 * 1024;
/** Most of a text that is no object, in an error. */
const SAID = 300;

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACES = new Set([0x20, 0x0a, 0x0d, 0x09]);

/**
 * JSON objects one after the other, with or without line breaks between them: Nomad's events have them, its log frames do
 * not. Nomad puts the words of an error behind the objects when a stream fails after its start.
 * @throws SyntaxError with these words, and for an object longer than 16 MiB.
 */
export async function* jsonSequence(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void> {
  const splitter = new Splitter();
  for await (const chunk of chunks) {
    for (const text of splitter.add(chunk)) yield JSON.parse(text);
    if (splitter.foreign !== undefined) throw new SyntaxError(splitter.foreign);
  }
}

class Splitter {
  /** What stands where an object should begin. */
  foreign: string | undefined;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  *add(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.#depth === 0 && byte !== OPEN) {
        if (SPACES.has(byte)) continue;
        this.foreign = Buffer.from(chunk.subarray(i)).toString('utf8', 0, SAID).trim();
        return;
      }
      if (this.#depth === 0) start = i;
      if (this.#ends(byte)) yield this.#take(chunk.subarray(start, i + 1));
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
  }

  /** Whether this byte closes the outermost object. */
  #ends(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN) this.#depth++;
    else if (byte === CLOSE) return --this.#depth === 0;
    return false;
  }

  #keep(part: Uint8Array): void {
    this.#kept.push(Uint8Array.from(part));
    this.#keptBytes += part.length;
    if (this.#keptBytes > LONGEST) throw new SyntaxError(`an object of more than ${LONGEST} bytes`);
  }

  #take(last: Uint8Array): string {
    const text = Buffer.concat([...this.#kept, last]).toString('utf8');
    this.#kept = [];
    this.#keptBytes = 0;
    return text;
  }
}
