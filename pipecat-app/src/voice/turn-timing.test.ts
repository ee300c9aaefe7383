import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf } from './turn-timing.js';

describe('the parts of a turn', () => {
  it('sum up to what was heard and are never negative, whatever was measured', () => {
    const step = fc.integer({ min: 0, max: 30_000 });
    fc.assert(
      fc.property(
        fc.tuple(step, step, step, step),
        fc.integer({ min: -400, max: 9000 }),
        fc.boolean(),
        (d, late, spoken) => {
          const over = d[0];
          const words = over + d[1];
          const firstClause = words + d[2];
          const firstSent = spoken ? firstClause + d[3] : null;
          const firstPlayed = firstSent === null ? null : firstSent + late;
          const { voice_to_voice, ...parts } = partsOf({
            spokeUntil: 0,
            over,
            words,
            firstClause,
            firstSent,
            firstPlayed,
          });
          const sum = Object.values(parts).reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - voice_to_voice)).toBeLessThan(0.5);
          for (const part of Object.values(parts)) expect(part).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
