import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCommands } from './commands.js';
import { Hearing } from './hearing.js';
import { matchTemplate } from './match.js';
import { parseTemplate, type TemplateError } from './template.js';
import { words } from './words.js';

const TYPES = new Set(['number', 'duration']);
const set = parseCommands('commands: [{ reply: x, say: [hello] }]');
const match = (sentence: string, text: string, budget = 0) =>
  matchTemplate(parseTemplate(sentence, TYPES), new Hearing(words(text), set, budget > 0), budget);

test.each([
  [
    '(start|set) [a|the] timer',
    ['start timer', 'set a timer', 'set the timer'],
    ['a timer', 'set a the timer', 'start', 'set timer a'],
  ],
  ['go [very [very] ]fast', ['go fast', 'go very fast', 'go very very fast'], ['go very', 'very fast']],
  ['(a b|c [d]) e', ['a b e', 'c e', 'c d e'], ['a e', 'b e', 'c d']],
])('%s says what it says', (sentence, yes, no) => {
  for (const text of yes) expect(match(sentence, text), text).toMatchObject({ cost: 0 });
  for (const text of no) expect(match(sentence, text), text).toBeUndefined();
});

test('slots give their values to the argument they name', () => {
  expect(match('{seconds:duration} and {number}', 'five minutes and 7')?.args).toEqual({ seconds: 300, number: 7 });
});

test.each([
  ['set a (timer', /never closed/, 6],
  ['set [a', /never closed/, 4],
  ['set {duration', /never closed/, 4],
  ['wait {weight}', /no slot type "weight"; there are: duration, number/, 5],
  ['wait {a b}', /neither/, 5],
  ['set ) a', /does not belong/, 4],
  ['a (b|) c', /alternative is empty/, 5],
  ['[please]', /nothing in it has to be said/, 0],
  ['', /nothing in it has to be said/, 0],
  ['Set', /does not belong/, 0],
])('%j is refused, with the place', (sentence, message, at) => {
  const problem = (() => {
    try {
      parseTemplate(sentence, TYPES);
      return undefined;
    } catch (error) {
      return error as TemplateError;
    }
  })();
  expect(problem?.name).toBe('TemplateError');
  expect(problem?.message).toMatch(message);
  expect(problem?.at).toBe(at);
});

const word = fc.constantFrom('set', 'timer', 'volume', 'speak', 'louder', 'cancel');
type Part = { sentence: string; said: string };
const part: fc.Arbitrary<Part> = fc.oneof(
  word.map((w) => ({ sentence: w, said: w })),
  fc.tuple(word, fc.boolean()).map(([w, say]) => ({ sentence: `[${w}]`, said: say ? w : '' })),
  fc.tuple(word, word, fc.boolean()).map(([a, b, first]) => ({ sentence: `(${a}|${b})`, said: first ? a : b })),
  fc.integer({ min: 1, max: 99 }).map((n) => ({ sentence: '{number}', said: String(n) })),
);
const whole = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => ({
  sentence: `cancel ${parts.map((p) => p.sentence).join(' ')}`,
  said: `cancel ${parts.map((p) => p.said).join(' ')}`,
}));

test('a template matches, free of cost, every sentence that is made from it', () => {
  fc.assert(
    fc.property(whole, ({ sentence, said }) => {
      expect(match(sentence, said)).toMatchObject({ cost: 0 });
    }),
  );
});

test('a larger budget never makes a match dearer or go away', () => {
  fc.assert(
    fc.property(
      whole,
      fc.array(fc.constantFrom('set', 'the', 'timer', 'volumes', '7', 'please'), { maxLength: 6 }),
      ({ sentence }, said) => {
        const text = said.join(' ');
        const tight = match(sentence, text, 0.4);
        const loose = match(sentence, text, 0.8);
        if (tight) expect(loose?.cost).toBe(tight.cost);
      },
    ),
  );
});
