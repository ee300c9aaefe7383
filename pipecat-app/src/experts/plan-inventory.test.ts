import { expect, test } from 'vitest';
import { readInventory } from './plan-inventory.js';

const DESK = { name: 'desk', ram_mb: 4096, cores: 2, flags: 'lm pni ssse3 cx16', bandwidth_gbs: 5.2 };
const read = (...nodes: object[]) => readInventory(JSON.stringify({ nodes }));

test('flags become a class, and what is left out has its usual value', () => {
  expect(read(DESK)).toEqual([
    {
      name: 'desk',
      ramMb: 4096,
      cores: 2,
      cpu: 'core2',
      bandwidthGbs: 5.2,
      linkMbps: 1000,
      roundTripMs: 0.5,
      agent: false,
    },
  ]);
});

test('YAML with a list of flags and with classes is read', () => {
  const yaml = `
nodes:
  - { name: a, ram_mb: 8192, cores: 4, bandwidth_gbs: 16, class: x86-64-v2, link_mbps: 100, rtt_ms: 2, agent: true, core_speed: 0.5 }
  - name: b
    ram_mb: 2048
    cores: 1
    bandwidth_gbs: 3
    flags: [lm, pni]
  - { name: c, ram_mb: 2048, cores: 1, bandwidth_gbs: 3, class: old }
`;
  const [a, b, c] = readInventory(yaml);
  expect(a).toMatchObject({ cpu: 'x86-64-v2', linkMbps: 100, roundTripMs: 2, agent: true, coreSpeed: 0.5 });
  expect([b?.cpu, c?.cpu]).toEqual([undefined, undefined]);
});

test('every problem is named at once', () => {
  const { flags: _, ...bare } = DESK;
  expect(() => read({ ...DESK, ram_mb: 0 }, { ...bare, name: 'bare' }, { ...DESK, color: 'grey' })).toThrowError(
    expect.objectContaining({
      code: 'TWIN_INVENTORY',
      message: expect.stringMatching(
        /4 problem.*nodes\.0\.ram_mb.*nodes\.1\.flags: either flags or class.*color.*same name/s,
      ),
      next: expect.stringContaining('--help'),
    }),
  );
});

test.each([
  ['no YAML', '{', 'cannot be read'],
  ['no nodes', 'nodes: []', 'nodes'],
  ['two nodes of one name', JSON.stringify({ nodes: [DESK, DESK] }), 'same name'],
])('%s is refused in words', (_, text, words) => {
  expect(() => readInventory(text)).toThrow(words);
});
