import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, choose, PRICES } from './choose.js';
import type { Wanted } from './routing/wanted.js';

const candidate = (change: Partial<Candidate> = {}): Candidate => ({
  id: 'a',
  expert: 'coding',
  health: 'healthy',
  asleep: false,
  wakeMs: 0,
  degraded: false,
  embedded: false,
  queue: 0,
  tokensPerSecond: 10,
  warm: 0,
  ...change,
});
const wanted = (change: Partial<Wanted> = {}): Wanted => ({ expert: 'coding', confidence: 1, named: false, ...change });
const first = (want: Wanted, ...all: Candidate[]): string | undefined => choose(want, all)[0]?.candidate.id;

const anyExpert = fc.constantFrom('main', 'coding', 'math');
const anyCandidate = fc.record({
  id: fc.string({ minLength: 1, maxLength: 4 }),
  expert: anyExpert,
  health: fc.constantFrom('healthy' as const, 'unhealthy' as const),
  asleep: fc.boolean(),
  wakeMs: fc.nat(120_000),
  degraded: fc.boolean(),
  embedded: fc.boolean(),
  queue: fc.nat(20),
  tokensPerSecond: fc.option(fc.double({ min: 0, max: 500, noNaN: true }), { nil: undefined }),
  warm: fc.double({ min: 0, max: 1, noNaN: true }),
});
const anyCandidates = fc.uniqueArray(anyCandidate, { selector: (one) => one.id, maxLength: 12 });
const anyWanted = fc.record({
  expert: anyExpert,
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  named: fc.boolean(),
});

describe('whatever there is', () => {
  test('never an unhealthy server while a healthy one of the same expert is there', () => {
    fc.assert(
      fc.property(anyWanted, anyCandidates, (want, all) => {
        const ranked = choose(want, all).map((choice) => choice.candidate);
        const [best] = ranked;
        if (best?.health !== 'unhealthy') return;
        expect(all.filter((one) => one.expert === best.expert && one.health === 'healthy')).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test('everybody is ranked once, in the same order however they come, with a reason', () => {
    fc.assert(
      fc.property(anyWanted, anyCandidates, fc.nat(), (want, all, seed) => {
        const mixed = all.map((one, i) => ({ one, key: (i * 7919 + seed) % 13 })).sort((a, b) => a.key - b.key);
        const [ranked, again] = [
          choose(want, all),
          choose(
            want,
            mixed.map(({ one }) => one),
          ),
        ];
        expect(again).toEqual(ranked);
        expect(ranked.map(({ candidate: { id } }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
        for (const { why, costMs } of ranked) {
          expect(why).toMatch(/^\S.*\S$/);
          expect(Number.isFinite(costMs)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('an expert that is awake, when what the sleeping one is worth more is less than waking it costs', () => {
    fc.assert(
      fc.property(fc.nat(60_000), fc.double({ min: 0, max: 1, noNaN: true }), (wakeMs, confidence) => {
        const [asleep, awake] = [candidate({ id: 'z', asleep: true, wakeMs }), candidate({ expert: 'main' })];
        const gain = PRICES.otherExpert * confidence;
        fc.pre(Math.abs(gain - wakeMs) > 1);
        expect(first(wanted({ confidence }), asleep, awake)).toBe(gain < wakeMs ? 'a' : 'z');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('between servers of one expert', () => {
  test.each<[string, Partial<Candidate>]>([
    ['the faster one', { tokensPerSecond: 20 }],
    ['the one that knows the persona', { warm: 1 }],
    ['the one without others waiting', { queue: 0 }],
    ['the one with its own model', { degraded: false }],
  ])('%s', (_, better) => {
    const worse = candidate({ id: 'a', queue: 1, degraded: true });
    expect(first(wanted(), worse, { ...worse, id: 'b', ...better })).toBe('b');
  });
});

test('the embedded model is asked when there is nobody else who is healthy', () => {
  const embedded = candidate({ id: 'e', expert: 'main', embedded: true });
  expect(first(wanted(), embedded, candidate({ tokensPerSecond: 2 }))).toBe('a');
  expect(first(wanted(), embedded, candidate({ health: 'unhealthy' }))).toBe('e');
});

test('an expert that was named is woken, however long it takes', () => {
  const [asleep, awake] = [candidate({ id: 'z', asleep: true, wakeMs: 90_000 }), candidate({ expert: 'main' })];
  expect(first(wanted({ named: true }), asleep, awake)).toBe('z');
});

test('the reason says what is wanted, and why somebody else answers', () => {
  const main = candidate({ id: 'm', expert: 'main', warm: 1, queue: 2 });
  const why = (...all: Candidate[]): string => choose(wanted({ confidence: 0.9 }), [main, ...all])[0]?.why ?? '';
  expect(why()).toBe(
    'coding is wanted (90 %), but it is not there; 10.0 tokens/s; 2 before it; its persona is evaluated',
  );
  expect(why(candidate({ health: 'unhealthy' }))).toContain('but none of its servers answers');
  expect(why(candidate({ asleep: true, wakeMs: 60_000 }))).toContain('but waking it takes longer');
  expect(why(candidate({ id: 'c', tokensPerSecond: 12.34 }))).toBe('coding is wanted (90 %); 12.3 tokens/s');
});
