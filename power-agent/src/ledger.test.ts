import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, answered, drawOf, openLedger, perAnswer, total } from './ledger.js';

const HOUR = 3_600_000;

test('a node that draws 40 W for half an hour with two experts: 20 Wh, 10 for each', () => {
  const ledger = advance(drawOf(openLedger(0), 'attic', { watts: 40, services: ['a', 'b'] }, 0), HOUR / 2);
  expect(total(ledger)).toBeCloseTo(20);
  expect(ledger.services).toEqual(new Map(Object.entries({ a: 10, b: 10 })));
  expect(perAnswer(answered(ledger, 'a', 5), 'a')).toBeCloseTo(2);
  expect(perAnswer(ledger, 'b')).toBeUndefined();
});

test('property: the sum of nodes, and that of services and idle, are the integral of what was drawn, within 1 %', () => {
  const change = fc.record({
    node: fc.constantFrom('n1', 'n2', 'n3'),
    watts: fc.integer({ min: 1, max: 200 }),
    services: fc.subarray(['a', 'b', 'c']),
    ms: fc.integer({ min: 0, max: 600_000 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 200 }), (changes) => {
      let ledger = openLedger(0);
      const drawn: Record<string, number> = {};
      let [now, integral] = [0, 0];
      for (const { node, watts, services, ms } of changes) {
        ledger = drawOf(ledger, node, { watts, services }, now);
        drawn[node] = watts;
        // The integral step by step of a second, as a meter would count it.
        const all = Object.values(drawn).reduce((sum, one) => sum + one, 0);
        for (let left = ms; left > 0; left -= 1000) integral += (all * Math.min(1000, left)) / HOUR;
        now += ms;
      }
      ledger = advance(ledger, now);
      const shared = ledger.idle + [...ledger.services.values()].reduce((sum, one) => sum + one, 0);
      expect(Math.abs(total(ledger) - integral)).toBeLessThanOrEqual(0.01 * integral + 1e-9);
      expect(Math.abs(shared - total(ledger))).toBeLessThanOrEqual(0.01 * integral + 1e-9);
    }),
  );
});

test('a clock that goes back counts nothing', () => {
  const ledger = drawOf(openLedger(HOUR), 'attic', { watts: 40, services: [] }, HOUR);
  expect(total(advance(ledger, 0))).toBe(0);
  expect(advance(ledger, 0).at).toBe(HOUR);
});
