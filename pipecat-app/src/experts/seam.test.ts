import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Seam } from './seam.js';

/** Adds `text` cut into pieces. */
function join(said: string, mode: 'exact' | 'loose', text: string, cuts: readonly number[]): string {
  const seam = new Seam(said, mode);
  let out = '';
  let at = 0;
  for (const n of cuts) {
    out += seam.add(text.slice(at, at + n));
    at += n;
  }
  return said + out + seam.add(text.slice(at)) + seam.end();
}

const cuts = fc.array(fc.nat(6), { maxLength: 40 });
/** Text in which no eight letters come twice: numbers that grow. */
const answer = fc.integer({ min: 4, max: 40 }).map((n) => Array.from({ length: n }, (_, i) => `word${i}x`).join(' '));
const cutAnswer = fc
  .tuple(answer, fc.nat(1000), cuts)
  .map(([whole, at, pieces]) => ({ whole, at: at % whole.length, pieces }));

describe('a second server that goes on to the letter', () => {
  test('adds exactly what it says', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), cuts, (said, more, pieces) => {
        expect(join(said, 'exact', more, pieces)).toBe(said + more);
      }),
    );
  });
});

describe('a second server that goes on loosely: nothing is lost, nothing is there twice', () => {
  test('when it goes on where the first one stopped', () => {
    fc.assert(
      fc.property(cutAnswer, ({ whole, at, pieces }) => {
        expect(join(whole.slice(0, at), 'loose', whole.slice(at), pieces)).toBe(whole);
      }),
    );
  });

  test('when it says everything once more', () => {
    fc.assert(
      fc.property(cutAnswer, ({ whole, at, pieces }) => {
        fc.pre(at >= 4);
        expect(join(whole.slice(0, at), 'loose', whole, pieces)).toBe(whole);
      }),
    );
  });

  test('when it says the last words once more', () => {
    fc.assert(
      fc.property(cutAnswer, fc.integer({ min: 8, max: 60 }), ({ whole, at, pieces }, back) => {
        fc.pre(at >= back && whole[at - back] !== ' ');
        expect(join(whole.slice(0, at), 'loose', whole.slice(at - back), pieces)).toBe(whole);
      }),
    );
  });

  test('when there is a space on both sides', () => {
    expect(join('The sky is ', 'loose', ' blue.', [1, 2])).toBe('The sky is blue.');
    expect(join('The sky is', 'loose', ' blue.', [1, 2])).toBe('The sky is blue.');
  });

  test('when it says nothing, or only what was said', () => {
    expect(join('The sky is blue.', 'loose', '', [])).toBe('The sky is blue.');
    expect(join('The sky is blue.', 'loose', 'The sky is blue.', [3])).toBe('The sky is blue.');
  });
});

test('what cannot be a repetition comes out at once', () => {
  const seam = new Seam('The sky is', 'loose');
  expect(seam.add(' blue')).toBe(' blue');
  expect(seam.add(' and')).toBe(' and');
});
