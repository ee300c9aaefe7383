import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseCommands } from './commands.js';
import { Gbnf } from './gbnf.fixture.js';
import { grammarOf } from './grammar.js';
import { Reflex } from './reflex.js';

const file = fileURLToPath(new URL('../../../../prompts/commands.yaml', import.meta.url));
const text = grammarOf(parseCommands(readFileSync(file, 'utf8')));
const grammar = new Gbnf(text);

test.each([
  ' What time is it?',
  " What's today's date?",
  ' what day of the week is it',
  ' Set a timer for 5 minutes.',
  ' Set a timer for one hour and thirty minutes.',
  ' Start a timer for half an hour.',
  ' Set a pasta timer for eight minutes.',
  ' Set an alarm for 7:30 a.m.',
  ' Could you turn the volume up, please?',
  ' Set the volume to 50%.',
  ' Use a British voice.',
  " I can't hear you.",
  ' Stop.',
])('an ear may write%s', (sentence) => {
  expect(grammar.accepts(sentence)).toBe(true);
});

test.each([' What time is', ' Set a timer for', ' The weather is nice.', 'Stop', ''])(
  '%j is no sentence of it',
  (sentence) => {
    expect(grammar.accepts(sentence)).toBe(false);
  },
);

test('97 of 100 sentences that it allows are understood', () => {
  const reflex = new Reflex(file);
  let seed = 7;
  const pick = (ways: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * ways);
  };
  const sentences = Array.from({ length: 300 }, () => grammar.sentence(pick));
  const lost = sentences.filter((sentence) => reflex.understand(sentence) === undefined);
  expect(lost.length, lost.slice(0, 20).join('\n')).toBeLessThanOrEqual(9);
});

test('every rule that is named is there, once', () => {
  const names = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  expect(new Set(names).size).toBe(names.length);
  const named = text.replace(/"[^"]*"|\[[^\]]*\]/g, '').match(/[a-z][\w-]*/g) ?? [];
  expect([...new Set(named)].filter((name) => !names.includes(name))).toEqual([]);
});
