import { bootMachine } from '@twin/hashi/boot/boot-kv.js';
import { expect, test } from 'vitest';
import { freeName, type Machine, wordsOf } from './words.js';

const machine = (more: Partial<Machine>): Machine =>
  bootMachine.parse({ mac: '52:54:00:00:00:01', phase: 'allowed', at: 0, ...more });

test.each<[Partial<Machine>, RegExp]>([
  [{ phase: 'unknown' }, /Allow it/],
  [{ phase: 'allowed' }, /Start it from the network/],
  [{ phase: 'installing', step: 'unpack' }, /^It unpacks Debian\.$/],
  [{ phase: 'installing', step: 'loader', tries: 3 }, /boot loader, try 3\.$/],
  [{ phase: 'installing', failure: 'disk /dev/sda has data' }, /has data/],
  [{ phase: 'installed' }, /first time/],
  [{ phase: 'installed', address: '10.0.0.9' }, /waits/],
  [
    { phase: 'installed', address: '10.0.0.9', log: [{ at: 1, line: 'joins: role consul' }] },
    /^It joins: role consul\.$/,
  ],
  [{ phase: 'joined' }, /node of the cluster/],
])('says what a machine does, or what a person does next: %j', (more, words) => {
  expect(wordsOf(machine(more))).toMatch(words);
});

test('offers a name that is free', () => {
  expect(freeName([machine({ name: 'worker1' }), machine({ name: 'worker3' })])).toBe('worker2');
});
