import { expect, test } from 'vitest';
import { isQuiet, quietHours } from './quiet-hours.js';

const at = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

test.each([
  ['22:30-06:00', '22:30', true],
  ['22:30-06:00', '05:59', true],
  ['22:30-06:00', '06:00', false],
  ['22:30-06:00', '12:00', false],
  ['01:00-02:00', '01:30', true],
  ['01:00-02:00', '02:00', false],
  ['', '02:00', false],
])('%s at %s: %s', (hours, time, quiet) => {
  expect(isQuiet(quietHours.parse(hours), at(time))).toBe(quiet);
});

test.each(['22-6', '24:00-01:00', 'nights'])('%s is refused', (text) => {
  expect(quietHours.safeParse(text).success).toBe(false);
});
