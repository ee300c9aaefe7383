import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromNative, withToolCalls } from './tool-calls.js';

async function read(text: string, cuts: readonly number[] = []): Promise<unknown[]> {
  async function* pieces() {
    let at = 0;
    for (const n of cuts) {
      yield text.slice(at, at + n);
      at += n;
    }
    yield text.slice(at);
  }
  const out: unknown[] = [];
  for await (const item of withToolCalls(pieces())) out.push(item);
  return out;
}
const cuts = fc.array(fc.nat(9), { maxLength: 60 });
const args = { expert: 'math', query: 'What is "{2}" + 2?' };
const call = { name: 'route_to_expert', args };
const ours = JSON.stringify({ tool: 'route_to_expert', args });
const openai = JSON.stringify({ name: 'route_to_expert', arguments: args }, null, 2);

describe('a call', () => {
  test.each([
    ours,
    openai,
    JSON.stringify({ args, tool: 'route_to_expert' }),
    JSON.stringify({ name: 'route_to_expert', parameters: args }),
    JSON.stringify({ name: 'route_to_expert', arguments: JSON.stringify(args) }),
    JSON.stringify({ type: 'function', function: { name: 'route_to_expert', arguments: args } }),
    `\n\`\`\`json\n${ours}\n\`\`\``,
    `\`\`\`\n${ours}\n\`\`\`\nThe answer is 4.`,
    `\`\`\`tool_call\n${ours}`,
    `<tool_call>\n${openai}\n</tool_call> and more`,
    `[TOOL_CALLS] [${openai}]`,
    `${ours.slice(0, -1)},}`,
  ])('is found however it is cut, and nothing of it is said: %s', async (text) => {
    await fc.assert(
      fc.asyncProperty(cuts, async (pieces) => {
        expect((await read(text, pieces)).filter((item) => !/^\s+$/.test(String(item)))).toEqual([{ call }]);
      }),
      { numRuns: 60 },
    );
  });

  test('behind words is found; the words are said, what is behind it is not', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, async (pieces) => {
        const items = await read(`I will look [now] <b>. ${ours} It is 4.`, pieces);
        expect(items.at(-1)).toEqual({ call });
        expect(items.slice(0, -1).join('')).toBe('I will look [now] <b>. ');
      }),
      { numRuns: 60 },
    );
  });

  test('without arguments is one', async () => {
    expect(await read('{"tool": "clock.time"}')).toEqual([{ call: { name: 'clock.time', args: {} } }]);
  });
});

describe('what was meant as a call', () => {
  test.each([
    ['{"tool": "timer.set", "args": {"seconds": 300', /no end/],
    ['{"tool": "timer.set", "args": {seconds: five}}', /not valid JSON/],
    ['{"tool": 5, "args": {}}', /needs "tool"/],
    ['{"tool": "timer.set", "args": [1]}', /needs "tool"/],
    ['<tool_call>{"name": "timer.set", "arguments": {', /no end/],
    [`{"tool": "x", "args": {"text": "${'x'.repeat(13_000)}`, /too long/],
  ])('and is none is reported and not said: %.60s', async (text, problem) => {
    for (const pieces of [[], [3, 5, 9, 2], Array.from({ length: 40 }, () => 1)]) {
      const items = await read(text, pieces);
      expect(items).toEqual([{ malformed: { text: expect.any(String), problem: expect.stringMatching(problem) } }]);
    }
  });
});

describe('an answer', () => {
  test('comes out as it is, however it is cut', async () => {
    const odd = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '{',
        '{"name": "Twin", "age": 2}',
        'Write ```js\nlet a = {};\n``` there.',
        '<b>',
        '``',
        'a `{b}` [c] <tool',
        'It looks like {"a": 1}. See?',
        '{"a": "}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(odd, cuts, async (text, pieces) => {
        expect((await read(text, pieces)).join('')).toBe(text);
      }),
    );
  });

  test('that is no call is not held back', async () => {
    expect(await read('Paris is nice.', [2, 3])).toEqual(['Pa', 'ris', ' is nice.']);
  });
});

describe('a native call', () => {
  test('has its arguments read', () => {
    expect(fromNative({ name: 'timer.set', arguments: '{"seconds": 5}' })).toEqual({
      call: { name: 'timer.set', args: { seconds: 5 } },
    });
    expect(fromNative({ name: 'clock.time', arguments: '' })).toEqual({ call: { name: 'clock.time', args: {} } });
  });

  test('whose arguments are none is malformed', () => {
    for (const text of ['{"seconds":', '[5]', '"five"'])
      expect(fromNative({ name: 'timer.set', arguments: text })).toMatchObject({
        malformed: { text: expect.stringContaining('timer') },
      });
  });
});
