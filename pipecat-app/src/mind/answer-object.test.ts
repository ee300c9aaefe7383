import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrapped } from './answer-object.js';

async function read(text: string, cuts: readonly number[], mark?: object): Promise<unknown[]> {
  async function* pieces() {
    if (mark) yield mark;
    let at = 0;
    for (const n of cuts) {
      yield text.slice(at, at + n);
      at += n;
    }
    yield text.slice(at);
  }
  const out: unknown[] = [];
  for await (const item of unwrapped(pieces())) out.push(item);
  return out;
}
const cuts = fc.array(fc.nat(5), { maxLength: 40 });

test('the words of an answer that had to be JSON come out, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }),
      cuts,
      fc.constantFrom('', ' ', '\n '),
      async (words, pieces, space) => {
        expect((await read(`${space}${JSON.stringify({ answer: words })}`, pieces)).join('')).toBe(
          words.replace(/[\b\f]/g, ' '),
        );
      },
    ),
  );
});

test('anything else comes out as it is', async () => {
  const odd = fc.oneof(
    fc.string().filter((text) => !/^\s*\{\s*"answer"\s*:\s*"/.test(text)),
    fc.constantFrom(
      '{"answer": 4}',
      '{"answers": "x"}',
      '{"ans',
      '{ ',
      '{"tool": "clock.time", "args": {}}',
      'Well: {"answer": "x"}',
    ),
  );
  await fc.assert(
    fc.asyncProperty(odd, cuts, async (text, pieces) => {
      expect((await read(text, pieces)).join('')).toBe(text);
    }),
  );
});

test('words are passed on before the end, and what is no text at once', async () => {
  const mark = { route: 1 };
  expect(await read('{"answer":"It is four."} and more', [12, 4, 4], mark)).toEqual([mark, 'I', 't is', ' fou', 'r.']);
});

test('an answer that was cut off keeps what it said', async () => {
  expect((await read('{"answer":"It is fo', [])).join('')).toBe('It is fo');
});
