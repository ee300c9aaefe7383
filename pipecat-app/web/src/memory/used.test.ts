import { expect, it } from 'vitest';
import type { Row } from '../state/rows.js';
import { usedIds } from './used.js';

const rows: Row[] = [
  { kind: 'memories', key: 'a', turn: 1, ids: [1] },
  { kind: 'memories', key: 'b', turn: 2, ids: [2, 3] },
  { kind: 'notice', key: 'c', tone: 'plain', text: '' },
];

it('takes what the address names, else what the last answer used', () => {
  expect(usedIds('7,9', rows)).toEqual([7, 9]);
  expect(usedIds(null, rows)).toEqual([2, 3]);
  expect(usedIds('x,,0,-1', rows)).toEqual([2, 3]);
  expect(usedIds(null, [])).toEqual([]);
});
