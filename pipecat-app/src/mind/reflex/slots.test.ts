import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spell } from './number-words.fixture.js';
import type { Reading } from './numbers.js';
import { listReader, SLOT_TYPES } from './slots.js';
import { words } from './words.js';

/** The reading that uses up the whole text. */
function read(type: string, text: string): Reading<unknown> | undefined {
  const said = words(text);
  return SLOT_TYPES[type]?.(said, 0).find((reading) => reading.length === said.length);
}

const minutes = (n: number): number => n * 60;
const hours = (n: number): number => n * 3600;

describe('numbers', () => {
  test('every number below a million is read back from its words', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), fc.boolean(), (n, and) => {
        expect(read('number', spell(n, and))).toMatchObject({ value: n, cost: 0 });
      }),
    );
  });

  test.each([
    ['25', 25],
    ['a hundred', 100],
    ['two point five', 2.5],
    ['three and a half', 3.5],
    ['twenty-one', 21],
  ])('%s is %d', (text, value) => {
    expect(read('number', text)).toMatchObject({ value, cost: 0 });
  });

  test('a number in words may go on, a number in digits may not', () => {
    expect(read('number', 'twenty')?.open).toBe(true);
    expect(read('number', '20')?.open).toBe(false);
  });

  test('"for" is four only at a cost', () => {
    expect(read('number', 'for')).toMatchObject({ value: 4, cost: 0.5 });
  });
});

describe('durations', () => {
  test.each([
    ['five minutes', minutes(5)],
    ['half an hour', minutes(30)],
    ['a half hour', minutes(30)],
    ['a quarter of an hour', minutes(15)],
    ['three quarters of an hour', minutes(45)],
    ['an hour and a half', minutes(90)],
    ['one and a half hours', minutes(90)],
    ['two and a half minutes', 150],
    ['a minute and a half', 90],
    ['1:30', 90],
    ['1 hour 20', minutes(80)],
    ['an hour and twenty minutes', minutes(80)],
    ['one hour, two minutes and three seconds', 3723],
    ['90 seconds', 90],
    ['a couple of minutes', 120],
    ['two days', hours(48)],
    ['5-minute', minutes(5)],
    ['half a minute', 30],
  ])('%s is %d seconds', (text, value) => {
    expect(read('duration', text)).toMatchObject({ value, cost: 0 });
  });

  test('hours, minutes and seconds in words add up', () => {
    const part = (name: string) =>
      fc.integer({ min: 1, max: 59 }).map((n) => ({ n, said: `${spell(n, true)} ${name}${n === 1 ? '' : 's'}` }));
    fc.assert(
      fc.property(part('hour'), part('minute'), part('second'), fc.constantFrom(' ', ' and '), (h, m, s, and) => {
        expect(read('duration', `${h.said} ${m.said}${and}${s.said}`)?.value).toBe(hours(h.n) + minutes(m.n) + s.n);
        expect(read('duration', `${m.said}${and}${s.said}`)?.value).toBe(minutes(m.n) + s.n);
      }),
    );
  });

  test.each([['five'], ['minutes'], ['zero minutes'], ['eight days'], ['and a half'], ['']])('%j is none', (text) => {
    expect(read('duration', text)).toBeUndefined();
  });

  test('whole hours may go on; minutes, seconds and halves are closed', () => {
    expect(['an hour', 'two hours', 'one hour twenty'].map((text) => read('duration', text)?.open)).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      ['five minutes', 'ten seconds', 'an hour and a half', 'half an hour'].map((text) => read('duration', text)?.open),
    ).toEqual([false, false, false, false]);
  });
});

describe('times of day', () => {
  test.each([
    ['quarter past seven', { hour: 7, minute: 15 }],
    ['a quarter to one', { hour: 12, minute: 45 }],
    ['ten to eight', { hour: 7, minute: 50 }],
    ['twenty five minutes past three', { hour: 3, minute: 25 }],
    ['half past six', { hour: 6, minute: 30 }],
    ['7 p.m.', { hour: 7, minute: 0, meridiem: 'pm' }],
    ['seven thirty', { hour: 7, minute: 30 }],
    ['seven oh five in the evening', { hour: 7, minute: 5, meridiem: 'pm' }],
    ['7:30 am', { hour: 7, minute: 30, meridiem: 'am' }],
    ['19:30', { hour: 19, minute: 30 }],
    ["nine o'clock", { hour: 9, minute: 0 }],
    ["nine o'clock at night", { hour: 9, minute: 0, meridiem: 'pm' }],
    ['noon', { hour: 12, minute: 0, meridiem: 'pm' }],
    ['midnight', { hour: 12, minute: 0, meridiem: 'am' }],
  ])('%s', (text, value) => {
    expect(read('time', text)?.value).toEqual(value);
  });

  test('every time in digits is itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (hour, minute) => {
        expect(read('time', `${hour}:${String(minute).padStart(2, '0')}`)?.value).toEqual({ hour, minute });
      }),
    );
  });

  test('a bare hour may go on, a whole time may not', () => {
    expect(read('time', 'seven')?.open).toBe(true);
    expect(read('time', 'seven pm')?.open).toBe(false);
  });
});

test.each([
  ['fifty percent', 50],
  ['50%', 50],
  ['a hundred per cent', 100],
  ['thirty', 30],
  ['half', 50],
  ['full', 100],
])('%s is %d percent', (text, value) => {
  expect(read('percent', text)?.value).toBe(value);
});

test('there is nothing above a hundred percent', () => {
  expect(read('percent', '150 percent')).toBeUndefined();
});

test('a list takes the longer of its phrases, and a phrase that could grow is open', () => {
  const reader = listReader({ york: 'a', 'new york': 'b', new: 'c' });
  expect(reader(['new', 'york'], 0)).toEqual([
    { value: 'b', length: 2, open: false, cost: 0 },
    { value: 'c', length: 1, open: true, cost: 0 },
  ]);
});

test('no reader throws, reads past the end or uses up no word', () => {
  const vocabulary =
    'a an and half of to past for hour hours minutes two twenty hundred thousand point oh am quarter 7 1:30 99 in the evening'.split(
      ' ',
    );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...vocabulary), { maxLength: 9 }), fc.nat({ max: 9 }), (said, i) => {
      for (const reader of Object.values(SLOT_TYPES)) {
        for (const { length, cost } of reader(said, i)) {
          expect(length).toBeGreaterThan(0);
          expect(i + length).toBeLessThanOrEqual(said.length);
          expect(cost).toBeGreaterThanOrEqual(0);
        }
      }
    }),
    { numRuns: 500 },
  );
});
