/** Part of a pattern as GBNF; `size`: its most characters. */
type Part = { text: string; size: number };

/** Characters that a piece without end may have where the pattern has no limit of its own. */
const ROOM = 200;

class Unreadable extends Error {}

/**
 * GBNF of the inside of a JSON string that fits a regular expression; undefined when that is not anchored at both ends or
 * has what is not read here: classes of Unicode, back references. What looks ahead is left out, so that the grammar may
 * take more than the pattern. `longest`: the characters that there may be; pieces without end share them.
 */
export function patternGrammar(pattern: string, longest?: number): string | undefined {
  const inside = /^\^(.*[^\\])\$$/s.exec(pattern)?.[1];
  if (inside === undefined) return undefined;
  const read = (room: number): Part => new Reader(inside, room).whole();
  try {
    if (longest === undefined) return read(ROOM).text;
    const [none, one] = [read(0).size, read(1).size];
    const room = one > none ? Math.floor((longest - none) / (one - none)) : 0;
    return read(Math.max(0, Math.min(ROOM, room))).text;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** `text` as GBNF. */
export const literal = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;

class Reader {
  #at = 0;

  /** @param room characters beyond its least that each piece without end gets */
  constructor(
    private readonly text: string,
    private readonly room: number,
  ) {}

  whole(): Part {
    const part = this.#choice();
    if (this.#at < this.text.length) throw new Unreadable();
    return part;
  }

  #choice(): Part {
    const all = [this.#sequence()];
    while (this.#take('|')) all.push(this.#sequence());
    const texts = all.map(({ text }) => text);
    return {
      text: all.length === 1 ? (texts[0] ?? '') : `(${texts.join(' | ')})`,
      size: Math.max(...all.map(({ size }) => size)),
    };
  }

  #sequence(): Part {
    const texts: string[] = [];
    let size = 0;
    while (this.#at < this.text.length && !'|)'.includes(this.#peek())) {
      const part = this.#piece();
      if (part === undefined) continue;
      const { least, most } = this.#count();
      texts.push(least === 1 && most === 1 ? part.text : `${part.text}{${least},${most}}`);
      size += part.size * most;
    }
    return { text: texts.join(' ') || '""', size };
  }

  /** Undefined for what only looks ahead. */
  #piece(): Part | undefined {
    if (this.#take('(')) {
      const ahead = this.#take('?!') || this.#take('?=');
      if (!ahead && this.#peek() === '?' && !this.#take('?:')) throw new Unreadable();
      if (ahead) this.#skip();
      const inside = ahead ? undefined : this.#choice();
      if (!this.#take(')')) throw new Unreadable();
      return inside && { text: `(${inside.text})`, size: inside.size };
    }
    if (this.#take('[')) return { text: this.#class(), size: 1 };
    if (this.#take('.')) return { text: 'char', size: 1 };
    const [char, isSet] = this.#char();
    return { text: isSet ? `[${char}]` : literal(String.fromCodePoint(Number.parseInt(char.slice(2), 16))), size: 1 };
  }

  #class(): string {
    const not = this.#take('^');
    let set = '';
    while (!this.#take(']')) {
      if (this.#at >= this.text.length) throw new Unreadable();
      const [from, isSet] = this.#char();
      if (!isSet && this.#peek() === '-' && this.text[this.#at + 1] !== ']') {
        this.#at++;
        const [to, toSet] = this.#char();
        if (toSet) throw new Unreadable();
        set += `${from}-${to}`;
        // A quotation mark or backslash would need an escape in JSON.
      } else if (not || (from !== hex('"') && from !== hex('\\'))) set += from;
    }
    if (set === '') throw new Unreadable();
    return not ? `[^${set}${hex('"')}${hex('\\')}\\x00-\\x1F\\x7F]` : `[${set}]`;
  }

  /** One character in the way of a class of GBNF, or the members of a class. */
  #char(): [string, boolean] {
    const char = this.#next();
    if (char !== '\\') return [hex(char), false];
    const escaped = this.#next();
    if (escaped === 'd') return ['0-9', true];
    if (escaped === 'w') return ['A-Za-z0-9_', true];
    if (/[A-Za-z0-9]/.test(escaped)) throw new Unreadable();
    return [hex(escaped), false];
  }

  #count(): { least: number; most: number } {
    const endless = (least: number) => ({ least, most: least + this.room });
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.text.slice(this.#at));
    let count = { least: 1, most: 1 };
    if (counted) {
      this.#at += counted[0].length;
      const least = Number(counted[1]);
      if (counted[3] === '') count = endless(least);
      else count = { least, most: Number(counted[3] ?? least) };
    } else if (this.#take('*')) count = endless(0);
    else if (this.#take('+')) count = endless(1);
    else if (this.#take('?')) count = { least: 0, most: 1 };
    // As few as possible or as many: the same texts.
    this.#take('?');
    return count;
  }

  #skip(): void {
    for (let depth = 0; this.#at < this.text.length; this.#at++) {
      if (this.#peek() === '\\') this.#at++;
      else if (this.#peek() === '(') depth++;
      else if (this.#peek() === ')' && depth-- === 0) break;
    }
  }

  #peek(): string {
    return this.text[this.#at] ?? '';
  }

  #next(): string {
    const code = this.text.codePointAt(this.#at);
    if (code === undefined) throw new Unreadable();
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    return char;
  }

  #take(text: string): boolean {
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

/** A character in a class of GBNF; letters and digits too, so that nothing has a meaning of its own. */
function hex(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code > 0xff) throw new Unreadable();
  return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}
