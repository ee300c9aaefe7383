import fc from 'fast-check';
import { expect, test } from 'vitest';
import { innerProduct } from '../memory/inner-product.js';
import { fromBytes, toBytes } from './byte-vectors.js';

const DIMENSIONS = 24;
const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .filter((numbers) => Math.hypot(...numbers) > 0.01)
  .map((numbers) => numbers.map((value) => value / Math.hypot(...numbers)));

test('a vector that was kept in bytes has length 1 and points the same way to within a degree', () => {
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 5 }), (vectors) => {
      const all = Float32Array.from(vectors.flat());
      const again = fromBytes(toBytes(all, DIMENSIONS), DIMENSIONS);
      expect(again.length).toBe(all.length);
      for (let from = 0; from < all.length; from += DIMENSIONS) {
        const its = again.subarray(from, from + DIMENSIONS);
        expect(innerProduct(its, its)).toBeCloseTo(1, 5);
        expect(innerProduct(its, all.subarray(from, from + DIMENSIONS))).toBeGreaterThan(Math.cos(Math.PI / 180));
      }
    }),
  );
});
