import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StopText } from './stop-text.js';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });

test('however the text is cut, what comes out is the text before the first mark', () => {
  fc.assert(
    fc.property(
      letters,
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 }), { maxLength: 3 }),
      fc.array(fc.nat(5)),
      (text, marks, cuts) => {
        const stop = new StopText(marks);
        let out = '';
        let at = 0;
        for (const n of cuts) {
          out += stop.add(text.slice(at, at + n));
          at += n;
        }
        out += stop.add(text.slice(at)) + stop.end();
        const first = Math.min(text.length, ...marks.map((mark) => text.indexOf(mark)).filter((i) => i !== -1));
        expect(out.length).toBeLessThanOrEqual(text.length);
        expect(text.startsWith(out)).toBe(true);
        if (first === text.length) expect(out).toBe(text);
        else expect(marks.every((mark) => !out.includes(mark))).toBe(true);
        expect(stop.stopped).toBe(first < text.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test('text that cannot be the beginning of a mark comes out at once', () => {
  const stop = new StopText(['Question:']);
  expect(stop.add('Paris. Que')).toBe('Paris. ');
  expect(stop.add('bec')).toBe('Quebec');
});
