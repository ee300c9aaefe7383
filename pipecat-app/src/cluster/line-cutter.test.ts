import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineCutter } from './line-cutter.js';

const bytes = (text: string) => Buffer.from(text);

it('gives whole lines only, and the rest at the end', () => {
  const cutter = new LineCutter();
  expect(cutter.push(bytes('one\ntw'))).toEqual({ text: 'one\n', bytes: 4 });
  expect(cutter.push(bytes('o'))).toEqual({ text: '', bytes: 0 });
  expect(cutter.push(bytes('\nthree'))).toEqual({ text: 'two\n', bytes: 4 });
  expect(cutter.rest()).toEqual({ text: 'three', bytes: 5 });
});

it('leaves out the end of a line whose beginning nobody has', () => {
  const cutter = new LineCutter(true);
  expect(cutter.push(bytes('half'))).toEqual({ text: '', bytes: 4 });
  expect(cutter.push(bytes(' a line\nwhole\n'))).toEqual({ text: 'whole\n', bytes: 14 });
});

it('cuts a line without end between characters', () => {
  const cutter = new LineCutter();
  const { text, bytes: taken } = cutter.push(bytes(`${'x'.repeat(16_384)}€`).subarray(0, 16_386));
  expect(text).toBe('x'.repeat(16_384));
  expect(taken).toBe(16_384);
  expect(cutter.push(bytes('€\n').subarray(2))).toEqual({ text: '€\n', bytes: 4 });
});

it('neither loses nor doubles a byte, however the text comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', '€', '\n', '🐦') })),
      fc.integer({ min: 1, max: 7 }),
      (parts, step) => {
        const whole = bytes(parts.join(''));
        const cutter = new LineCutter();
        let text = '';
        let counted = 0;
        const take = (piece: { text: string; bytes: number }) => {
          text += piece.text;
          counted += piece.bytes;
        };
        for (let at = 0; at < whole.length; at += step) take(cutter.push(whole.subarray(at, at + step)));
        take(cutter.rest());
        expect(text).toBe(whole.toString());
        expect(counted).toBe(whole.length);
      },
    ),
  );
});
