/** A reader of grammars in GBNF, as far as `grammarOf` writes it: literals, character classes, `+` and alternatives. */
type Item = { is: 'text'; text: string } | { is: 'class'; set: RegExp; many: boolean } | { is: 'rule'; name: string };

export class Gbnf {
  readonly #rules = new Map<string, Item[][]>();

  constructor(text: string) {
    for (const line of text.trim().split('\n')) {
      const [name = '', body = ''] = line.split(' ::= ');
      const alternatives: Item[][] = [[]];
      for (const [token, literal, set, plus, rule] of body.matchAll(/"([^"]*)"|\[([^\]]+)\](\+)?|([\w-]+)|\|/g)) {
        if (token === '|') alternatives.push([]);
        else if (literal !== undefined) alternatives.at(-1)?.push({ is: 'text', text: literal });
        else if (rule !== undefined) alternatives.at(-1)?.push({ is: 'rule', name: rule });
        else alternatives.at(-1)?.push({ is: 'class', set: new RegExp(`^[${set}]`), many: plus !== undefined });
      }
      this.#rules.set(name, alternatives);
    }
  }

  accepts(text: string): boolean {
    return this.#ends({ is: 'rule', name: 'root' }, text, 0).has(text.length);
  }

  /** A sentence of the grammar; `pick(n)` chooses one of n ways. */
  sentence(pick: (ways: number) => number, name = 'root'): string {
    const alternatives = this.#rules.get(name);
    if (alternatives === undefined) throw new Error(`no rule ${name}`);
    return (alternatives[pick(alternatives.length)] ?? [])
      .map((item) => {
        if (item.is === 'text') return item.text;
        if (item.is === 'rule') return this.sentence(pick, item.name);
        const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((c) =>
          item.set.test(c),
        );
        return letters[pick(letters.length)] ?? '';
      })
      .join('');
  }

  #ends(item: Item, text: string, from: number): Set<number> {
    if (item.is === 'text') return new Set(text.startsWith(item.text, from) ? [from + item.text.length] : []);
    const ends = new Set<number>();
    if (item.is === 'class') {
      for (let at = from; at < text.length && item.set.test(text[at] ?? '') && (item.many || at === from); )
        ends.add(++at);
      return ends;
    }
    for (const alternative of this.#rules.get(item.name) ?? []) {
      let reached = new Set([from]);
      for (const part of alternative) reached = new Set([...reached].flatMap((at) => [...this.#ends(part, text, at)]));
      for (const end of reached) ends.add(end);
    }
    return ends;
  }
}
