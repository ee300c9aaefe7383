import { expect, test } from 'vitest';
import { type Change, spansOf } from './power-spans.js';

const change = (at: number, state: Change['state'], why = ''): Change => ({ at, state, why });

test('changes become pieces that follow each other, up to now', () => {
  expect(spansOf([change(30, 'asleep', 'idle'), change(10, 'awake')], 0, 50)).toEqual([
    { state: 'awake', from: 10, to: 30, why: '' },
    { state: 'asleep', from: 30, to: 50, why: 'idle' },
  ]);
});

test('what two tell is told once, with the words of the first; what is to come is left out', () => {
  const changes = [change(10, 'awake', 'a'), change(12, 'awake', 'b'), change(20, 'asleep'), change(99, 'awake')];
  expect(spansOf(changes, 0, 50)).toEqual([
    { state: 'awake', from: 10, to: 20, why: 'a' },
    { state: 'asleep', from: 20, to: 50, why: '' },
  ]);
});

test('what was before the window is cut, and is how the window begins', () => {
  expect(spansOf([change(5, 'asleep'), change(10, 'awake')], 20, 50)).toEqual([
    { state: 'awake', from: 20, to: 50, why: '' },
  ]);
  expect(spansOf([], 20, 50)).toEqual([]);
});
