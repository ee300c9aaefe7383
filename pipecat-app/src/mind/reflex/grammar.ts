import type { CommandSet } from './commands.js';
import { RuleBook } from './rule-book.js';
import { SLOT_RULES } from './slot-rules.js';
import type { Edge } from './template.js';

/** A place in a template: [index of the template, node]. */
type Place = readonly [number, number];
/** What may be said next, and where that leads. */
type Next = { symbol: string; slot: boolean; to: readonly Place[] };

/** Two words of templates that people, and so ears, draw together. */
const CONTRACTIONS: Readonly<Record<string, string>> = {
  'what is': "what's",
  'that is': "that's",
  'do not': "don't",
  'can not': "can't",
  'did not': "didn't",
};
/** How a word of a template is written, where that is not as it stands. */
const WRITTEN: Readonly<Record<string, string>> = {
  i: 'I',
  todays: "today's",
  womans: "woman's",
  mans: "man's",
  american: 'American',
  us: 'US',
  british: 'British',
  english: 'English',
  scottish: 'Scottish',
  twin: 'Twin',
};
const OPENINGS = ['please', 'could you', 'can you', 'would you'];

/**
 * A grammar (GBNF, start rule `root`) of every sentence that the commands have, as an ear writes them: a space before
 * each word, a capital or small first letter, numbers in digits or words, a mark at the end. Sentences with the same
 * beginning share its rules, because an ear follows all rules that are still possible.
 */
export function grammarOf(set: CommandSet): string {
  const templates = set.commands.flatMap((command) => command.templates);
  const acting = new Set(
    set.commands.flatMap(({ call, templates: own }) => (call ? own.map((one) => templates.indexOf(one)) : [])),
  );
  const book = new RuleBook();
  const known = new Map<string, string>();

  const edgesAt = ([template, node]: Place): readonly Edge[] => templates[template]?.edges[node] ?? [];
  const closure = (from: readonly Place[]): Place[] => {
    const seen = new Map<string, Place>();
    const open = [...from];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const key = place.join(' ');
      if (seen.has(key)) continue;
      seen.set(key, place);
      for (const edge of edgesAt(place)) if (edge.kind === 'skip') open.push([place[0], edge.to]);
    }
    return [...seen.keys()].sort().map((key) => seen.get(key) as Place);
  };
  const nextOf = (places: readonly Place[]): Next[] => {
    const next = new Map<string, { slot: boolean; to: Place[] }>();
    for (const place of places) {
      for (const edge of edgesAt(place)) {
        if (edge.kind === 'skip') continue;
        const slot = edge.kind === 'slot';
        const symbol = slot ? edge.type : edge.word;
        const key = `${slot ? '{' : ''}${symbol}`;
        const there = next.get(key) ?? { slot, to: [] };
        there.to.push([place[0], edge.to]);
        next.set(key, there);
      }
    }
    return [...next].map(([key, { slot, to }]) => ({ symbol: slot ? key.slice(1) : key, slot, to: closure(to) }));
  };

  /** The rule for all that may follow when the places are reached. */
  const ruleAt = (places: readonly Place[], capital: boolean): string => {
    const key = `${capital}${places.join(';')}`;
    const there = known.get(key);
    if (there !== undefined) return there;
    const words: [string, string][] = [];
    const others: string[] = [];
    for (const { symbol, slot, to } of nextOf(places)) {
      const after = ruleAt(to, false);
      if (slot) others.push(`${slotRule(symbol)} ${after}`);
      else {
        words.push([WRITTEN[symbol] ?? symbol, after]);
        for (const second of nextOf(to)) {
          const short = second.slot ? undefined : CONTRACTIONS[`${symbol} ${second.symbol}`];
          if (short !== undefined) words.push([short, ruleAt(second.to, false)]);
        }
      }
    }
    if (places.some(([template, node]) => templates[template]?.end === node)) others.push('close');
    const name = book.rule([...book.wordTree(words, capital), ...others]);
    known.set(key, name);
    return name;
  };

  const slotRule = (type: string): string => {
    const list = set.lists[type];
    if (list !== undefined)
      return book.named(
        `list-${type.replaceAll('_', '-')}`,
        book.wordTree(list.map((said) => [WRITTEN[said] ?? said, ''])),
      );
    return book.slot(type, SLOT_RULES);
  };

  book.named('close', ['"," polite', 'polite', 'mark']);
  book.named('polite', ['" please" mark']);
  book.named('mark', ['[.?]', '""']);
  const start = closure(templates.map((_, template) => [template, 0] as const));
  const called = start.filter(([template]) => acting.has(template));
  const plain = ruleAt(called, false);
  const first = ruleAt(start, true);
  const polite = book.wordTree(
    OPENINGS.map((opening) => [opening, `comma ${plain}`]),
    true,
  );
  book.named('comma', ['","', '""']);
  book.named('root', [first, ...polite]);
  return book.text();
}
