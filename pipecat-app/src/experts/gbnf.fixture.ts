/** Reads a grammar and writes texts that fit it; `random` gives 0 to 1. */
type Node =
  | { literal: string }
  | { set: readonly [number, number][]; not: boolean }
  | { rule: string }
  | { choice: Node[] }
  | { sequence: Node[] }
  | { of: Node; least: number; most: number };

const ENDLESS = 6;
const DEEP = 12;

export function gbnfWriter(grammar: string): (random: () => number) => string {
  const rules = new Map<string, Node>();
  for (const line of grammar.trim().split('\n')) {
    const [, name = '', text = ''] = /^(\w+) ::= (.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`no rule: ${line}`);
    rules.set(name, new Reader(text).whole());
  }
  return (random) => write({ rule: 'root' }, rules, random, 0);
}

function write(node: Node, rules: ReadonlyMap<string, Node>, random: () => number, depth: number): string {
  const its = (one: Node): string => write(one, rules, random, depth + 1);
  if ('literal' in node) return node.literal;
  if ('rule' in node) {
    const rule = rules.get(node.rule);
    if (rule === undefined) throw new Error(`no rule ${node.rule}`);
    return its(rule);
  }
  if ('sequence' in node) return node.sequence.map(its).join('');
  if ('choice' in node) return its(node.choice[depth > DEEP ? 0 : Math.floor(random() * node.choice.length)] as Node);
  if ('of' in node) {
    const most = depth > DEEP ? node.least : Math.min(node.most, node.least + ENDLESS);
    const count = node.least + Math.floor(random() * (most - node.least + 1));
    return Array.from({ length: random() < 0.05 && node.most < 300 ? node.most : count }, () => its(node.of)).join('');
  }
  for (;;) {
    const [low, high] = node.not ? [32, 0x17f] : (node.set[Math.floor(random() * node.set.length)] as [number, number]);
    const code = low + Math.floor(random() * (high - low + 1));
    if (!node.not || !node.set.some(([from, to]) => code >= from && code <= to)) return String.fromCodePoint(code);
  }
}

class Reader {
  #at = 0;
  constructor(private readonly text: string) {}

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.text.length) throw new Error(`unread: ${this.text.slice(this.#at)}`);
    return node;
  }

  #choice(): Node {
    const choice = [this.#sequence()];
    while (this.#take('|')) choice.push(this.#sequence());
    return { choice };
  }

  #sequence(): Node {
    const sequence: Node[] = [];
    for (this.#space(); this.#at < this.text.length && !'|)'.includes(this.text[this.#at] ?? ''); this.#space())
      sequence.push(this.#counted(this.#item()));
    return { sequence };
  }

  #item(): Node {
    if (this.#take('(')) {
      const inside = this.#choice();
      if (!this.#take(')')) throw new Error('an open bracket');
      return inside;
    }
    if (this.#take('"')) {
      let literal = '';
      while (!this.#take('"')) literal += String.fromCodePoint(this.#char());
      return { literal };
    }
    if (this.#take('[')) {
      const not = this.#take('^');
      const set: [number, number][] = [];
      while (!this.#take(']')) {
        const from = this.#char();
        const ranged = this.text[this.#at] === '-' && this.text[this.#at + 1] !== ']';
        if (ranged) this.#at++;
        set.push([from, ranged ? this.#char() : from]);
      }
      return { set, not };
    }
    const rule = /^\w+/.exec(this.text.slice(this.#at))?.[0];
    if (rule === undefined) throw new Error(`what is this: ${this.text.slice(this.#at)}`);
    this.#at += rule.length;
    return { rule };
  }

  #counted(of: Node): Node {
    if (this.#take('*')) return { of, least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { of, least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { of, least: 0, most: 1 };
    const count = /^\{(\d+)(,(\d*))?\}/.exec(this.text.slice(this.#at));
    if (count === null) return of;
    this.#at += count[0].length;
    const least = Number(count[1]);
    return {
      of,
      least,
      most: count[2] === undefined ? least : count[3] === '' ? Number.POSITIVE_INFINITY : Number(count[3]),
    };
  }

  #char(): number {
    const code = this.text.codePointAt(this.#at) ?? 0;
    if (code === 0) throw new Error('no end');
    this.#at += code > 0xffff ? 2 : 1;
    if (code !== 0x5c) return code;
    const escaped = this.text[this.#at++] ?? '';
    if (escaped === 'x' || escaped === 'u') {
      const digits = escaped === 'x' ? 2 : 4;
      this.#at += digits;
      return Number.parseInt(this.text.slice(this.#at - digits, this.#at), 16);
    }
    return { n: 10, r: 13, t: 9 }[escaped] ?? escaped.charCodeAt(0);
  }

  #space(): void {
    while (this.text[this.#at] === ' ') this.#at++;
  }

  #take(text: string): boolean {
    if (text.length === 1 && '|)('.includes(text)) this.#space();
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
