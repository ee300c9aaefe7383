import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gaps } from './gaps.js';
import { deadline, onReturn, onSign, type Rhythm, type Sign, type Watched } from './watchdog.js';

const rhythm = (): Rhythm => ({ tokens: new Gaps(), progress: new Gaps() });
const begin: Watched = { phase: 'waiting', since: 0 };

/** Plays signs that come `gaps` after each other and returns when the watch barked, or undefined. */
function play(signs: readonly { sign: Sign; gap: number }[], its: Rhythm, waitingMs = 0): number | undefined {
  let watched = begin;
  let now = 0;
  for (const { sign, gap } of signs) {
    now += gap;
    const late = deadline(watched, its, waitingMs);
    if (now > late) return late;
    watched = onSign(watched, sign, now, its);
  }
  return undefined;
}

describe('the watch over a server', () => {
  test('never barks at a server that gives a sign every three seconds, slow as it is: 1000 turns', () => {
    const turn = fc
      .tuple(fc.array(fc.nat(3000), { maxLength: 20 }), fc.array(fc.nat(3000), { minLength: 1, maxLength: 60 }))
      .map(([prefill, tokens]) => [
        ...prefill.map((gap) => ({ sign: 'progress' as const, gap })),
        ...tokens.map((gap) => ({ sign: 'token' as const, gap })),
      ]);
    const its = rhythm();
    fc.assert(
      fc.property(turn, (signs) => {
        expect(play(signs, its)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test('barks exactly when silence has lasted max(3 s, 4 × p99), in whatever phase', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Sign>('progress', 'token'),
        fc.array(fc.nat(4000), { minLength: 1, maxLength: 400 }),
        (sign, gaps) => {
          const its = rhythm();
          let watched = onSign(begin, sign, 0, its);
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            watched = onSign(watched, sign, now, its);
          }
          const last = gaps.slice(-256).sort((a, b) => a - b);
          const p99 = last[Math.ceil(last.length * 0.99) - 1] ?? 0;
          expect(deadline(watched, its, 0)).toBe(now + Math.max(3000, 4 * p99));
        },
      ),
    );
  });

  test('a server that is slow by nature is given time, one that was fast is not', () => {
    const [slow, fast] = [rhythm(), rhythm()];
    const turn = (gap: number) => Array.from({ length: 100 }, () => ({ sign: 'token' as const, gap }));
    expect(play(turn(2000), slow)).toBeUndefined();
    expect(play(turn(100), fast)).toBeUndefined();
    expect(play([...turn(2000), { sign: 'token', gap: 7900 }], slow)).toBeUndefined();
    expect(play([...turn(100), { sign: 'token', gap: 7900 }], fast)).toBe(100 * 100 + 3000);
  });

  test('before the first sign a server may be allowed more', () => {
    expect(play([{ sign: 'token', gap: 29_000 }], rhythm(), 30_000)).toBeUndefined();
    expect(play([{ sign: 'token', gap: 29_000 }], rhythm())).toBe(3000);
  });

  test('the wait for the first sign is no gap, and neither is the time that the reader was away', () => {
    const its = rhythm();
    let watched = onSign(begin, 'progress', 60_000, its);
    watched = onSign(watched, 'token', 60_100, its);
    watched = onSign(onReturn(watched, 99_000), 'token', 99_050, its);
    expect([its.progress.p99(), its.tokens.p99()]).toEqual([100, 50]);
    expect(onReturn(watched, 50).since).toBe(99_050);
  });

  test('progress in the middle of an answer keeps it alive', () => {
    const its = rhythm();
    const watched = onSign(onSign(begin, 'token', 0, its), 'progress', 2000, its);
    expect(watched).toEqual({ phase: 'decoding', since: 2000 });
  });
});
