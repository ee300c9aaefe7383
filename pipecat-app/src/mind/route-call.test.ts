import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withRouteCalls } from './route-call.js';

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
  for await (const item of withRouteCalls(pieces())) out.push(item);
  return out;
}
const cuts = fc.array(fc.nat(9), { maxLength: 40 });
const call = { expert: 'math', query: 'What is "{2}" + 2?' };

describe('a call', () => {
  test.each([
    JSON.stringify({ tool: 'route_to_expert', args: call }),
    JSON.stringify({ name: 'route_to_expert', arguments: call }, null, 2),
    `\n\`\`\`json\n${JSON.stringify({ tool: 'route_to_expert', args: call })}\n\`\`\``,
    `<tool_call>\n${JSON.stringify({ name: 'route_to_expert', arguments: call })}\n</tool_call> and more`,
  ])('is found however it is cut: %s', async (text) => {
    await fc.assert(
      fc.asyncProperty(cuts, async (pieces) => {
        expect(await read(text, pieces)).toEqual([{ call }]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('an answer', () => {
  test('comes out as it is, however it is cut', async () => {
    const odd = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '{',
        '{"tool":"other","args":{}}',
        '```js\nlet a;\n```',
        '<b>',
        '``',
        '{"tool":"route_to_expert"}',
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

  test('without end is passed on', async () => {
    const long = `{"tool": "${'x'.repeat(6000)}`;
    expect((await read(long, [5500])).length).toBe(2);
  });
});
