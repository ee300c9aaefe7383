import { expect, test } from 'vitest';
import { headOf, openings, rules } from './openings.js';

const head = (address: string) => ({ address });

test('each worker is open for its own head, wherever that is, and for no other', () => {
  const heads = new Map([
    ['a-expert-head', [head('10.0.0.2'), head('10.0.0.3')]],
    ['b-expert-head', [head('10.0.0.4')]],
  ]);
  const workers = [
    { name: 'a-expert-rpc', port: 32_007 },
    { name: 'b-expert-rpc', port: 32_008 },
    { name: 'c-expert-rpc', port: 32_009 },
    { name: 'llama-api-main', port: 8080 },
  ];
  expect(openings(workers, heads)).toEqual([
    { address: '10.0.0.2', port: 32_007 },
    { address: '10.0.0.3', port: 32_007 },
    { address: '10.0.0.4', port: 32_008 },
  ]);
});

test('what Consul says becomes no other rule than one address and one port', () => {
  const heads = new Map([
    ['a-head', [head('10.0.0.2 }; flush ruleset; #'), head('::1'), head('10.0.0.0/8'), head('')]],
  ]);
  expect(openings([{ name: 'a-rpc', port: 1 }], heads)).toEqual([]);
  const one = new Map([['a-head', [head('10.0.0.2')]]]);
  expect(
    openings(
      [0, -1, 1.5, 70_000, Number.NaN].map((port) => ({ name: 'a-rpc', port })),
      one,
    ),
  ).toEqual([]);
});

test('the set is replaced as a whole', () => {
  expect(rules([])).toBe('flush set inet twin rpc_heads\n');
  expect(rules([{ address: '10.0.0.2', port: 32_007 }])).toBe(
    'flush set inet twin rpc_heads\nadd element inet twin rpc_heads { 10.0.0.2 . 32007 }\n',
  );
});

test('only services of workers have a head', () => {
  expect(['a-rpc', 'llamacpp-rpc-rpc', 'a-rpc-x', '-rpc', 'pipecat-app'].map(headOf)).toEqual([
    'a-head',
    'llamacpp-rpc-head',
    undefined,
    undefined,
    undefined,
  ]);
});
