import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clauses } from './clauses.js';

async function cut(text: string, size = 3): Promise<string[]> {
  async function* deltas(): AsyncGenerator<string> {
    for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size);
  }
  const out: string[] = [];
  for await (const clause of clauses(deltas())) out.push(clause);
  return out;
}

describe('clauses', () => {
  it('end at sentences, and the first one already at a comma', async () => {
    expect(await cut('Well, that is hard to say, my friend. Nobody knows, not even you. Sorry!')).toEqual([
      'Well, that is hard to say, ',
      'my friend. ',
      'Nobody knows, not even you. ',
      'Sorry!',
    ]);
  });

  it('do not end inside numbers, times and abbreviations', async () => {
    expect(await cut('It is 3.5 metres, e.g. Dr. Smith at 5 p.m. said so.')).toHaveLength(1);
  });

  it('never grow beyond 220 characters', async () => {
    for (const clause of await cut('word '.repeat(200))) expect(clause.length).toBeLessThanOrEqual(220);
    for (const clause of await cut('x'.repeat(1000))) expect(clause.length).toBeLessThanOrEqual(220);
  });

  it('joined are the text, however it arrives', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '1', ' ', '.', ',', '!', '\n', ';', '—', 'word ') });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (whole, size) => {
        const pieces = await cut(whole, size);
        expect(pieces.join('').trimEnd()).toBe(whole.trimEnd());
        for (const piece of pieces) expect(piece.trim()).not.toBe('');
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
