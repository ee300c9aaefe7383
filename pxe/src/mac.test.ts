import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PxeError } from './errors.js';
import { parseMac } from './mac.js';

test('reads the forms people and iPXE write as one', () => {
  expect(parseMac('52:54:00:AB:cd:01')).toBe('52:54:00:ab:cd:01');
  expect(parseMac('52-54-00-ab-cd-01')).toBe('52:54:00:ab:cd:01');
});

test.each([
  '',
  '52:54:00:ab:cd',
  '52:54:00:ab:cd:01:02',
  '52:54:00:ab:cd:0g',
  '01:00:5e:00:00:01',
  '00:00:00:00:00:00',
  'ff:ff:ff:ff:ff:ff',
])('refuses %j and says what it wants', (text) => {
  expect(() => parseMac(text)).toThrow(
    expect.objectContaining({ code: 'TWIN_PXE_MAC', next: expect.stringContaining('52:54') }),
  );
});

test('never fails in another way', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(parseMac(text)).toHaveLength(17);
      } catch (error) {
        expect(error).toBeInstanceOf(PxeError);
      }
    }),
  );
});
