import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonSequence } from './json-sequence.js';

test('objects come whole however they are cut into chunks, with line breaks and without', async () => {
  const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      objects,
      fc.constantFrom('', '\n', ' \r\n'),
      fc.integer({ min: 1, max: 40 }),
      async (all, gap, cut) => {
        const bytes = Buffer.from(all.map((object) => JSON.stringify(object) + gap).join(''));
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
        expect(await read(chunks)).toEqual(all.map((object) => JSON.parse(JSON.stringify(object))));
      },
    ),
  );
});

test('words behind the objects are an error, after the objects', async () => {
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const object of jsonSequence(of('{"a":1}\n{"b":"}"}subscription closed by server\n'))) seen.push(object);
  })();
  await expect(reading).rejects.toThrow(new SyntaxError('subscription closed by server'));
  expect(seen).toEqual([{ a: 1 }, { b: '}' }]);
});

test('an object without an end is given up at 16 MiB', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"a":"');
    for (;;) yield Buffer.alloc(1024 * 1024, 'x');
  }
  await expect(read(endless())).rejects.toThrow('more than');
});

async function read(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const object of jsonSequence(of(chunks))) seen.push(object);
  return seen;
}

async function* of(chunks: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof chunks === 'string') yield Buffer.from(chunks);
  else yield* chunks;
}
