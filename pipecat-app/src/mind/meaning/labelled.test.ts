import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { realTools } from '../../tool-parts.fixture.js';
import { approvesAll } from '../../tools/consent.fixture.js';
import { Reflex } from '../reflex/reflex.js';
import { isHeldOut, readLabelled, readPhrasings, sameMeaning } from './labelled.js';
import { plainWords } from './meaning-index.js';
import { keyOf, targetsOf } from './targets.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const reflex = new Reflex(fileURLToPath(new URL('../../../../prompts/commands.yaml', import.meta.url)));
const folder = fileURLToPath(new URL('./labelled', import.meta.url));
const all = readLabelled(folder);

test.each(['', 'more-', 'spent-', 'unseen2-'])(
  'every label of %scommands.tsv is a call that its method takes',
  (kind) => {
    const tools = realTools(approvesAll);
    open.push(tools);
    const methods = tools.registry.list();
    for (const { text, meant } of readLabelled(folder, kind)) {
      // Summaries are switched on by a setting.
      for (const { call, args } of meant.filter((one) => !/^(?:=|summarizer\.)/.test(one.call))) {
        const method = methods.find(({ name }) => name === call);
        expect(method, call).toBeDefined();
        expect(method?.args.safeParse(args).error, `${text}: ${call}`).toBeUndefined();
      }
    }
  },
);

test('no labelled sentence is an example', () => {
  const tools = realTools(approvesAll);
  open.push(tools);
  const methods = tools.registry.list();
  const examples = new Set(
    targetsOf(reflex.commands(), methods).flatMap((one) => one.examples.map(({ text }) => text)),
  );
  expect(examples.size).toBeGreaterThan(800);
  expect(all.filter(({ text }) => examples.has(plainWords(text)))).toEqual([]);
});

test('every phrasing is of a target that there is, and what was once unseen was not learned from before', () => {
  const tools = realTools(approvesAll);
  open.push(tools);
  const phrasings = readPhrasings(folder);
  const targets = targetsOf(reflex.commands(), tools.registry.list(), phrasings);
  expect(Object.keys(phrasings).filter((key) => !targets.some((one) => keyOf(one) === key))).toEqual([]);
  const spent = readLabelled(folder, 'spent-').map(({ text }) => plainWords(text));
  expect(spent.length).toBeGreaterThan(500);
  const others = new Set([...all, ...readLabelled(folder, 'more-')].map(({ text }) => plainWords(text)));
  expect(spent.filter((text) => others.has(text))).toEqual([]);
});

test('both halves of the split have enough of each kind', () => {
  const kinds = [(n: number) => n === 0, (n: number) => n === 1, (n: number) => n === 2];
  const counts = [true, false].map((held) => {
    const its = all.filter(({ text }) => isHeldOut(text) === held);
    return kinds.map((is) => its.filter(({ meant }) => is(meant.length)).length);
  });
  expect(counts.flat().every((count) => count >= 8)).toBe(true);
  expect(new Set(all.map(({ text }) => text.toLowerCase())).size).toBe(all.length);
});

test('meanings are the same whatever the capitals and articles, and only then', () => {
  expect(sameMeaning({ call: 'a.b', args: { x: 'The Lamp', y: 1 } }, { call: 'a.b', args: { y: 1, x: 'lamp' } })).toBe(
    true,
  );
  expect(sameMeaning({ call: 'a.b', args: { x: 1 } }, { call: 'a.b', args: { x: 2 } })).toBe(false);
  expect(sameMeaning({ call: 'a.b', args: {} }, { call: 'a.c', args: {} })).toBe(false);
});
