import { expect, it } from 'vitest';
import type { ToolView } from '../../../src/server/tool-protocol.js';
import { fits } from './store.js';

const TIMER: ToolView = {
  name: 'timer',
  description: 'Timers that speak.',
  missing: null,
  methods: [
    {
      name: 'timer.set',
      description: 'Sets an alarm.',
      examples: ['wake me at seven'],
      risk: 'write',
      policy: {} as never,
      missing: null,
      spoken: false,
      args: {},
    },
  ],
};
const HOUSE: ToolView = { ...TIMER, name: 'ha', methods: [], missing: { reason: 'None.', next: '' } };

it.each(['', '  ', 'TIMER', 'alarm speak', 'wake seven'])('finds a tool by %j', (words) => {
  expect(fits(TIMER, words, 'all')).toBe(true);
});

it('needs every word', () => {
  expect(fits(TIMER, 'alarm clock', 'all')).toBe(false);
});

it('tells what can be used from what cannot', () => {
  expect([fits(TIMER, '', 'usable'), fits(TIMER, '', 'missing')]).toEqual([true, false]);
  expect([fits(HOUSE, '', 'usable'), fits(HOUSE, '', 'missing')]).toEqual([false, true]);
});
