import { meaningStems, type Placed } from './align.js';
import type { Sentence } from './sentence.js';

/** Words that say what kind of thing a name is, by `tool.argument` or by the argument; they are no part of it. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  'timer.name': ['timer', 'timers', 'alarm', 'countdown', 'clock', 'called', 'named'],
  'ha.name': [],
  name: ['repository', 'repo', 'agent', 'called', 'named', 'expert'],
  host: ['machine', 'host', 'node', 'server', 'computer', 'called', 'named'],
  job: ['job', 'expert', 'service', 'batch', 'called', 'named'],
  service: ['expert', 'service'],
  playbook: ['playbook', 'ansible', 'called', 'named'],
  selector: ['button', 'link', 'field', 'box'],
  branch: ['branch', 'called', 'named'],
  id: ['job', 'terminal', 'number'],
  value: ['level'],
  command: ['command'],
  combo: ['key', 'keys'],
};

const phrases = (of: readonly string[]): string[][] => of.map((one) => one.split(' '));
/** What is said behind an argument and does not belong to it. */
const BEHIND = phrases([
  'any more',
  'any longer',
  'no more',
  'please',
  'again',
  'now',
  'at all',
  'right now',
  'for me',
  'for now',
  'back',
]);
const BEHIND_FACT = phrases(['please', 'for me', 'ok']);
/** Of what is read, what is said of its state. */
const BEHIND_ENTITY = phrases(
  'done finished ready running working still switched turned burning'
    .split(' ')
    .concat(['at the moment', ...BEHIND.map((one) => one.join(' '))]),
);
/** What is said in front of a clause and does not belong to it, by its argument. */
const BEFORE: Readonly<Record<string, readonly string[][]>> = {
  fact: phrases([
    'for later',
    'for the future',
    'for the record',
    'for next time',
    'for me',
    'for you',
    'also',
    'please',
    'remember',
    'note',
    'down',
    'the fact',
    'this',
    'that',
  ]),
  query: phrases(['that', 'about', 'the fact that', 'anything', 'something', 'everything']),
  instructions: phrases(['should', 'shall', 'must', 'can', 'will', 'to', 'that']),
  task: phrases(['should', 'shall', 'must', 'can', 'to', 'for', 'please']),
  prompt: phrases(['should', 'to', 'please']),
};
/** "what I told you about the bike": words in front of the "about" of what is to be forgotten. */
const BEFORE_ABOUT = new Set(
  'what i we you told said know known learned remember remembered have stored saved everything anything all the that fact facts note notes stuff things thing memory memories ever of'.split(
    ' ',
  ),
);
/** Words that point at something, and ask for nothing. */
const POINTING = new Set(meaningStems('there here around see going happening now'.split(' ')));
/** Behind one of these names a device of the same place: "the bathroom light". */
const LAMP = new Set(['light', 'lights', 'lamp', 'lamps']);

/** An argument without the words around it that are no part of it; undefined when nothing is left. */
export function trimmed(one: Placed, sentence: Sentence, call: string | undefined): Placed | undefined {
  const { slot } = one;
  if (slot.kind !== 'text') return one;
  const [tool = ''] = call?.split('.') ?? [];
  const kinds = KINDS[`${tool}.${slot.arg}`] ?? KINDS[slot.arg] ?? [];
  const { words } = sentence;
  let { from, length } = one;
  const begins = (phrase: readonly string[]): boolean =>
    length > phrase.length && phrase.every((word, k) => words[from + k] === word);
  const ends = (phrase: readonly string[]): boolean =>
    length > phrase.length && phrase.every((word, k) => words[from + length - phrase.length + k] === word);
  const ahead = (BEFORE[slot.arg] ?? []).concat(kinds.map((kind) => [kind]));
  const behind = behindOf(slot.arg).concat(kinds.map((kind) => [kind]));
  if (slot.arg === 'query') {
    const about = words.slice(from, from + length - 1).indexOf('about');
    if (about > 0 && words.slice(from, from + about).every((word) => BEFORE_ABOUT.has(word))) {
      from += about;
      length -= about;
    }
  }
  for (let before = -1; before !== length; ) {
    before = length;
    const cut = ahead.find(begins)?.length ?? 0;
    from += cut;
    length -= cut;
    length -= behind.find(ends)?.length ?? 0;
  }
  if (length === 1 && kinds.includes(words[from] ?? '')) return undefined;
  if (slot.arg === 'question' && meaningStems(words.slice(from, from + length)).every((word) => POINTING.has(word)))
    return undefined;
  if (tool === 'ha' && LAMP.has(words[from + length] ?? '') && !sentence.breaks.has(from + length)) length++;
  return { ...one, from, length };
}

function behindOf(arg: string): string[][] {
  if (arg === 'entity') return BEHIND_ENTITY;
  return arg === 'fact' ? BEHIND_FACT : BEHIND;
}
