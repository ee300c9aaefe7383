/** Collects the rules of a grammar in GBNF; equal rules are kept once. */
export class RuleBook {
  readonly #rules = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** The name of the rule that is any one of `alternatives`. */
  rule(alternatives: readonly string[]): string {
    const body = [...new Set(alternatives)].join(' | ');
    const there = this.#names.get(body);
    if (there !== undefined) return there;
    const name = `r${this.#names.size}`;
    this.#names.set(body, name);
    this.#rules.set(name, body);
    return name;
  }

  named(name: string, alternatives: readonly string[]): string {
    this.#rules.set(name, alternatives.join(' | '));
    return name;
  }

  /** Adds the rule `type` of `source`, and those that it names. */
  slot(type: string, source: Readonly<Record<string, readonly string[]>>): string {
    const name = `slot-${type}`;
    const alternatives = source[type];
    if (alternatives === undefined || this.#rules.has(name)) return name;
    this.#rules.set(name, '');
    const body = alternatives.map((one) => one.replace(/\{(\w+)\}/g, (_, other: string) => this.slot(other, source)));
    return this.named(name, body);
  }

  /**
   * Alternatives for phrases, each with what follows it; phrases share the letters that they begin with. A space goes
   * before each word.
   * @param capital The first letter may also be a capital.
   */
  wordTree(phrases: readonly (readonly [phrase: string, after: string])[], capital = false): string[] {
    const branches = new Map<string, [string, string][]>();
    for (const [phrase, after] of phrases) {
      const first = phrase[0] ?? '';
      branches.set(first, [...(branches.get(first) ?? []), [phrase.slice(1), after]]);
    }
    return [...branches].map(([first, rests]) => {
      const upper = first.toUpperCase();
      const letter = capital && upper !== first ? `" " [${upper}${first}]` : `" ${first}"`;
      return `${letter} ${this.#tail(rests)}`;
    });
  }

  text(): string {
    return [...this.#rules].map(([name, body]) => `${name} ::= ${body}\n`).join('');
  }

  #tail(rests: readonly (readonly [rest: string, after: string])[]): string {
    const shared = prefixOf(rests.map(([rest]) => rest));
    const literal = shared === '' ? '' : `"${shared}" `;
    if (rests.every(([rest]) => rest === shared)) {
      const afters = [...new Set(rests.map(([, after]) => after || '""'))];
      return `${literal}${afters.length === 1 ? afters[0] : this.rule(afters)}`;
    }
    const ends = rests.filter(([rest]) => rest === shared).map(([, after]) => after || '""');
    const branches = new Map<string, [string, string][]>();
    for (const [rest, after] of rests) {
      if (rest === shared) continue;
      const first = rest[shared.length] ?? '';
      branches.set(first, [...(branches.get(first) ?? []), [rest.slice(shared.length + 1), after]]);
    }
    const alternatives = [...branches].map(([first, more]) => `"${first}" ${this.#tail(more)}`);
    return `${literal}${this.rule([...ends, ...alternatives])}`;
  }
}

function prefixOf(words: readonly string[]): string {
  const [first = ''] = words;
  let length = 0;
  while (length < first.length && words.every((word) => word[length] === first[length])) length++;
  return first.slice(0, length);
}
