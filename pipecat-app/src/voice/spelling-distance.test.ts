import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spellingDistance } from './spelling-distance.js';

const word = fc.stringMatching(/^[a-z]{1,9}$/);

test('spelling distance is a distance: 0 for the same word, the same both ways, at most 1', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(spellingDistance(a, a)).toBe(0);
      expect(spellingDistance(a, b)).toBe(spellingDistance(b, a));
      expect(spellingDistance(a, b)).toBeLessThanOrEqual(1);
      if (a !== b) expect(spellingDistance(a, b)).toBeGreaterThan(0);
    }),
  );
});
