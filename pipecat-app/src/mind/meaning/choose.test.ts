import { expect, test } from 'vitest';
import { z } from 'zod';
import type { MethodListing } from '../../tools/registry.js';
import { parseCommands } from '../reflex/commands.js';
import { choose } from './choose.js';
import { type Candidate, FEATURES } from './evidence.js';
import { fill } from './fill.js';
import type { MeaningFile } from './meaning-file.js';
import { sentenceOf } from './sentence.js';
import { type Target, targetsOf } from './targets.js';

const listing = (name: string, args: z.ZodType<Record<string, unknown>>, marked: string[]): MethodListing => ({
  name,
  description: 'x',
  risk: 'write',
  args,
  marked,
  unavailable: undefined,
});
const targets = targetsOf(parseCommands('commands: [{ reply: Fine., say: [hello] }]'), [
  listing('mcp.remember', z.strictObject({ fact: z.string() }), ['remember that {fact:my dog is called Rex}']),
  listing('ha.get', z.strictObject({ entity: z.string() }), ['how is the {entity:kitchen light}']),
]);

/** One net that gives everything the probability `p`. */
const saying = (p: number): MeaningFile => ({
  scale: FEATURES.map(() => [0, 1] as [number, number]),
  nets: [{ hidden: [[...FEATURES.map(() => 0), 0]], out: [0, Math.log(p / (1 - p))] }],
  actGated: 0.5,
  examples: {},
  act: 0.7,
  ask: 0.3,
  said: {},
  talk: ['x'],
});

function candidate(call: string, text: string): Candidate {
  const target = targets.find((one) => one.call === call) as Target;
  const [filling] = target.examples.flatMap((example) => fill(target, example, sentenceOf(text)) ?? []);
  const evidence = Object.fromEntries(FEATURES.map((name) => [name, 0])) as Candidate['evidence'];
  return { target, filling: filling as Candidate['filling'], evidence };
}

const kind = (call: string, text: string, p: number): string => choose([candidate(call, text)], saying(p)).kind;

test('it is done, asked back about or left to the model, as sure as it is', () => {
  expect(choose([], saying(0.9))).toEqual({ kind: 'none' });
  const said = 'remember for me that Anna sings';
  expect([0.8, 0.5, 0.2].map((p) => kind('mcp.remember', said, p))).toEqual(['act', 'ask', 'none']);
  expect(choose([candidate('mcp.remember', said)], saying(0.5))).toMatchObject({
    command: { call: 'mcp.remember', args: { fact: expect.stringMatching(/Anna sings$/) } },
    question: expect.stringMatching(/^Did you mean: remember that .*Anna sings\?$/),
  });
});

test('an example word for word, with another clause behind it, is done without asking; one with a name is not', () => {
  expect(kind('mcp.remember', 'please remember that Anna sings', 0.5)).toBe('act');
  expect(kind('mcp.remember', 'please remember that Anna sings', 0.2)).toBe('none');
  expect(kind('ha.get', 'how is the weather', 0.5)).toBe('ask');
});
