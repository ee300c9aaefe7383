import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Placed } from './align.js';
import type { Slot } from './example.js';
import { sentenceOf } from './sentence.js';
import { trimmed } from './trim.js';

const slotOf = (arg: string): Slot => ({ kind: 'text', pattern: '*', most: 5, arg, words: ['x'] });
/** What is left of an argument that is marked with brackets. */
function left(call: string, arg: string, marked: string): string | undefined {
  const sentence = sentenceOf(marked.replaceAll(/[[\]]/g, ''));
  const from = sentenceOf(marked.slice(0, marked.indexOf('['))).words.length;
  const length = sentenceOf(marked.slice(marked.indexOf('[') + 1, marked.indexOf(']'))).words.length;
  const one = trimmed({ slot: slotOf(arg), from, length }, sentence, call);
  return one && sentence.said(one.from, one.length);
}

describe('an argument without what does not belong to it', () => {
  test.each([
    ['mcp.remember', 'fact', 'note [down that Mia has a new number]', 'Mia has a new number'],
    ['mcp.remember', 'fact', 'remember [that that chair is broken]', 'chair is broken'],
    ['mcp.forget', 'query', 'forget [what you know about my old car]', 'my old car'],
    ['mcp.forget', 'query', 'forget [the book about whales]', 'the book about whales'],
    ['mcp.forget', 'query', 'forget [about my diet any more]', 'my diet'],
    ['mcp.forget', 'query', 'forget [that I like jazz]', 'I like jazz'],
    ['smol_agent_computer.create', 'instructions', 'an agent called cook that [should plan meals]', 'plan meals'],
    ['ha.turn', 'name', 'we do not need the [porch light anymore]', 'porch light'],
    ['ha.turn', 'name', 'switch the [cellar] lamp off', 'cellar lamp'],
    ['ha.get', 'entity', 'is the [tumble dryer finished]', 'tumble dryer'],
    ['orchestrator.dispatch', 'job', 'start the [job cleanup]', 'cleanup'],
    ['timer.cancel', 'name', 'abort the [pasta timer]', 'pasta'],
    ['timer.cancel', 'name', 'abort the [countdown]', undefined],
    ['shell.run', 'command', 'execute the [command] uptime', undefined],
    ['vision.describe', 'question', 'look and say [what is there]', undefined],
    ['vision.describe', 'question', 'look and say [what the cat does there]', 'what the cat does there'],
  ])('%s, %s: %s', (call, arg, marked, expected) => {
    expect(left(call, arg, marked)).toBe(expected);
  });
});

test('whatever is said: what is left is inside of what there was, or a lamp longer, is never empty, and is left as it is', () => {
  const words =
    'the that about what you know should to please any more now timer job command light lamp is there done running my car note for later remember'.split(
      ' ',
    );
  const args = ['fact', 'query', 'instructions', 'task', 'prompt', 'question', 'name', 'entity', 'job', 'command'];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.nat(),
      fc.constantFrom(...args),
      fc.constantFrom('timer.set', 'ha.turn', 'mcp.remember', undefined),
      (said, a, b, arg, call) => {
        const sentence = sentenceOf(said.join(' '));
        const from = a % sentence.words.length;
        const length = 1 + (b % (sentence.words.length - from));
        const placed: Placed = { slot: slotOf(arg), from, length };
        const one = trimmed(placed, sentence, call);
        if (one === undefined) return;
        expect(one.length).toBeGreaterThan(0);
        expect(one.from).toBeGreaterThanOrEqual(from);
        expect(one.from + one.length).toBeLessThanOrEqual(from + length + Number(call === 'ha.turn'));
        if (call !== 'ha.turn') expect(trimmed(one, sentence, call)).toEqual(one);
      },
    ),
  );
});
