import { expect, test } from 'vitest';
import { alternatives } from './alternatives.js';

test('each alternative is said once, and an empty one leaves its words out', () => {
  const said = alternatives('(turn|switch|put) the lamp (on|) please', 9);
  expect(said).toHaveLength(3);
  for (const word of ['turn', 'switch', 'put']) expect(said.filter((one) => one.startsWith(word))).toHaveLength(1);
  expect(said.some((one) => one.endsWith('lamp please'))).toBe(true);
  expect(said.some((one) => one.endsWith('on please'))).toBe(true);
});

test('no more than are asked for, and a line without a choice is itself', () => {
  expect(alternatives('(a|b|c|d) x', 2)).toHaveLength(2);
  expect(alternatives('what time is it', 4)).toEqual(['what time is it']);
});
