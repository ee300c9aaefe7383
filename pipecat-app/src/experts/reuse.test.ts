import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planReuse } from './reuse.js';

/** What an engine holds after the plan: ranges erased, the rest moved together. */
function after(held: readonly number[], erase: readonly { start: number; end: number }[]): number[] {
  return held.filter((_, i) => !erase.some(({ start, end }) => i >= start && i < end));
}

test('what is left is always the beginning of what is wanted', () => {
  const tokens = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 80 });
  fc.assert(
    fc.property(tokens, tokens, (held, wanted) => {
      const { erase, kept } = planReuse(held, wanted);
      expect(after(held, erase)).toEqual(wanted.slice(0, kept));
    }),
    { numRuns: 2000 },
  );
});

test('when the oldest turn is dropped, the turns behind it are kept', () => {
  const piece = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);
  const [persona, first, second, question] = [piece(0, 50), piece(100, 30), piece(200, 40), piece(300, 10)];
  const { kept } = planReuse([...persona, ...first, ...second], [...persona, ...second, ...question]);
  expect(kept).toBe(persona.length + second.length);
});

test('the same conversation keeps all of it', () => {
  expect(planReuse([1, 2, 3], [1, 2, 3, 4])).toEqual({ erase: [], kept: 3 });
  expect(planReuse([1, 2, 3], [1, 2])).toEqual({ erase: [{ start: 2, end: 3 }], kept: 2 });
  expect(planReuse([], [1])).toEqual({ erase: [], kept: 0 });
});
