import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { MethodListing } from '../../tools/registry.js';
import { parseCommands } from '../reflex/commands.js';
import { fill } from './fill.js';
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
const METHODS = [
  listing('ha.turn', z.strictObject({ name: z.string().min(1), to: z.enum(['on', 'off']) }), [
    'switch the {name:kitchen light} {to:off}',
    'lights {to:out=off} in the {name:bedroom}',
    'kill the {name:hall light}{to=off}',
  ]),
  listing('mcp.remember', z.strictObject({ fact: z.string().min(3) }), ['remember that {fact:my dog is called Rex}']),
  listing('power.sleep', z.strictObject({ job: z.string().regex(/^[a-z-]+$/) }), ['let the {job:coding} expert sleep']),
  listing('web.open', z.strictObject({ url: z.url() }), ['open {url:example dot com}']),
  listing('heating.set', z.strictObject({ data: z.strictObject({ degrees: z.number() }) }), [
    'set the heating to {data.degrees:twenty} degrees',
  ]),
  listing('idle.set', z.strictObject({ service: z.string(), seconds: z.number() }), [
    'after {seconds:ten minutes} without work the {service:coding} expert may sleep',
  ]),
  listing('code.run', z.strictObject({ code: z.string() }), ['work that out in python']),
  listing('timer.set', z.strictObject({ seconds: z.number().optional(), at: z.object({}).loose().optional() }), []),
];
const SET = parseCommands(`
lists: { voice: { british: en-gb, woman: female } }
commands:
  - call: timer.set
    say: ["set a timer for {seconds:duration}", "alarm at {at:time}"]
    like: ["wake me at {at:seven oclock}", "{seconds:five minutes} on the clock"]
  - reply: Fine.
    say: [hello]
`);
const targets = targetsOf(SET, METHODS);

/** The arguments by the cheapest example of a method. */
function argsOf(call: string, text: string): Record<string, unknown> | undefined {
  const target = targets.find((one) => one.call === call) as Target;
  const all = target.examples.flatMap((example) => fill(target, example, sentenceOf(text)) ?? []);
  return all.sort((a, b) => a.cost - b.cost)[0]?.args;
}

describe('the arguments of a sentence', () => {
  test.each([
    ['ha.turn', 'Could you switch the big floor lamp off, please?', { name: 'big floor lamp', to: 'off' }],
    ['ha.turn', 'switch the lamp in the attic on', { name: 'lamp in the attic', to: 'on' }],
    ['ha.turn', 'lights out in the study', { name: 'study', to: 'off' }],
    ['ha.turn', 'kill the garage light', { name: 'garage light', to: 'off' }],
    ['mcp.remember', 'Remember that Anna’s train leaves at 9:15!', { fact: 'Anna’s train leaves at 9:15' }],
    ['power.sleep', 'let the creative expert sleep', { job: 'creative' }],
    ['web.open', 'open Wikipedia dot org', { url: 'https://wikipedia.org' }],
    ['web.open', 'open docs.example.com/start', { url: 'https://docs.example.com/start' }],
    ['heating.set', 'set the heating to 21 degrees', { data: { degrees: 21 } }],
    ['idle.set', 'after an hour without work the math expert may sleep', { service: 'math', seconds: 3600 }],
    ['timer.set', 'put ninety seconds on the clock', { seconds: 90 }],
    ['timer.set', 'wake me at half past six', { at: { hour: 6, minute: 30 } }],
  ])('%s: %s', (call, text, args) => {
    expect(argsOf(call, text)).toEqual(args);
  });

  test('are none when one that is needed was not said, or when the method does not take it', () => {
    expect(argsOf('ha.turn', 'switch it off')).toBeUndefined();
    expect(argsOf('web.open', 'open the window')).toBeUndefined();
    expect(argsOf('heating.set', 'set the heating to warm')).toBeUndefined();
    expect(argsOf('timer.set', 'set a timer')).toBeUndefined();
    expect(argsOf('code.run', 'work that out in python')).toBeUndefined();
    expect(argsOf('ha.turn', 'switch the lamp and the radio off')).toBeUndefined();
    expect(argsOf('ha.turn', 'switch should off')).toBeUndefined();
    expect(argsOf('ha.turn', 'lights out in where it should be')).toBeUndefined();
  });
});

test('whatever is said: arguments that a method gets are all there and accepted by it', () => {
  const words =
    'switch off on the lamp kitchen light remember that five minutes at seven oclock open example dot com let expert sleep and heating to degrees'.split(
      ' ',
    );
  const text = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((said) => said.join(' ')),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...targets), (said, target) => {
      const sentence = sentenceOf(said);
      for (const example of target.examples) {
        const filling = fill(target, example, sentence);
        if (!filling) continue;
        if (target.schema) expect(target.schema.safeParse(filling.args).success).toBe(true);
        for (const name of target.required) expect(filling.args).toHaveProperty(name);
        expect(filling.cost).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 400 },
  );
});

test('an example fills itself: its own words come out, and it is level with itself', () => {
  for (const target of targets) {
    for (const example of target.examples) {
      const filling = fill(target, example, sentenceOf(example.text));
      if (target.call === 'code.run') continue;
      expect(filling, example.text).toMatchObject({
        leveled: example.text,
        reading: example.text,
        extra: 0,
        missing: 0,
      });
    }
  }
});
