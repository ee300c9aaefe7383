import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideNode, type NodeView } from './nodes/node-policy.js';
import { decide, type ServiceView, type Surroundings } from './policy.js';

const NOW = 10_000_000_000;
const rules = { minAwakeMs: 300_000, sleepsPerHour: 4, staleMs: 30_000, hurriedIdleMs: 60_000 };
const around: Surroundings = { now: NOW, quiet: false, overBudget: false, rules };
const seen = (idleMs: number, more = {}) => ({ at: NOW - 1000, worked: NOW - idleMs, sees: true, ...more });
const idle: ServiceView = {
  service: 'llama-api-coding',
  job: 'coding-expert',
  state: 'awake',
  since: NOW - 4_000_000,
  idleSeconds: 1800,
  policy: {},
  leases: [],
  nodes: new Map([['attic', seen(1_800_000)]]),
  working: 0,
  orders: [],
  slept: [],
};
const asleep: ServiceView = { ...idle, state: 'asleep', nodes: new Map() };
const schedule = { by: 'schedule', detail: 'it is time' } as const;
const syn = { by: 'syn', detail: 'somebody connects' } as const;

test('what nobody used for its idle time sleeps', () => {
  expect(decide(idle, around)).toEqual({ act: 'sleep', reason: 'nobody used it for 1800 s' });
});

test.each<[string, Partial<ServiceView>, string]>([
  ['the agent', { service: 'pipecat-app' }, 'it holds the cluster up and never sleeps'],
  ['a job of Consul', { job: 'consul-server' }, 'it holds the cluster up and never sleeps'],
  ['a policy', { policy: { sleep: false } }, 'its policy keeps it awake'],
  ['an idle time of 0', { idleSeconds: 0 }, 'its idle time is 0, which is never'],
  ['a lease', { leases: [{ until: NOW + 1, by: 'a session' }] }, 'a session holds a lease'],
  ['an answer on its way', { working: 1 }, 'it answers 1 request'],
  ['a connection', { orders: [syn] }, 'somebody connects'],
  ['a quorum', { quorum: { alive: 2, least: 2 } }, 'it is the last of its quorum'],
  ['a short time awake', { since: NOW - 1000 }, 'it has been awake for less than 300 s'],
  ['its own minimum', { policy: { min_awake_seconds: 5000 } }, 'it has been awake for less than 5000 s'],
  ['too many sleeps', { slept: Array(4).fill(NOW - 60_000) }, 'it slept 4 times within an hour already'],
  ['no instance', { nodes: new Map() }, 'no instance of it is known'],
  [
    'a node without an agent',
    { nodes: new Map([['attic', undefined]]) },
    'no power agent tells of its traffic on attic',
  ],
  [
    'a node that sees nothing',
    { nodes: new Map([['attic', seen(9e6, { sees: false })]]) },
    'its traffic on attic cannot be told from silence',
  ],
  [
    'a silent agent',
    { nodes: new Map([['attic', seen(9e6, { at: NOW - 31_000 })]]) },
    'the power agent on attic is silent',
  ],
  [
    'work on one of two nodes',
    { nodes: new Map(Object.entries({ attic: seen(9e6), cellar: seen(5000) })) },
    'it worked 5 s ago, and sleeps after 1800 s',
  ],
])('%s keeps it awake, and the reason says so', (_, more, reason) => {
  expect(decide({ ...idle, ...more }, around)).toEqual({ act: 'keep', reason });
});

test('quiet hours and a used up budget shorten the idle time at once', () => {
  const view = { ...idle, nodes: new Map([['attic', seen(61_000)]]) };
  expect(decide(view, around).act).toBe('keep');
  expect(decide(view, { ...around, quiet: true })).toMatchObject({ act: 'sleep', reason: /quiet hours/ });
  expect(decide(view, { ...around, overBudget: true })).toMatchObject({ act: 'sleep', reason: /energy is used up/ });
});

test('people wake it at any time; a schedule neither in quiet hours nor over the budget', () => {
  expect(decide({ ...asleep, orders: [schedule] }, around)).toEqual({ act: 'wake', reason: 'it is time' });
  for (const hurried of [{ quiet: true }, { overBudget: true }]) {
    expect(decide({ ...asleep, orders: [schedule] }, { ...around, ...hurried }).act).toBe('keep');
    expect(decide({ ...asleep, orders: [schedule, syn] }, { ...around, ...hurried }).reason).toBe('somebody connects');
  }
  expect(decide({ ...asleep, leases: [{ until: NOW + 1, by: 'x' }] }, around).act).toBe('wake');
  expect(decide(asleep, around)).toEqual({ act: 'keep', reason: 'nobody needs it' });
  expect(decide({ ...asleep, state: 'waking' }, around)).toEqual({ act: 'keep', reason: 'it is being woken' });
});

test('property: every decision has a reason, and nothing sleeps with a lease, work or an unseen node', () => {
  const view = fc.record({
    service: fc.constantFrom('llama-api-coding', 'pipecat-app'),
    job: fc.constant('coding-expert'),
    state: fc.constantFrom<ServiceView['state']>('awake', 'asleep', 'waking'),
    since: fc.integer({ min: NOW - 9e6, max: NOW }),
    idleSeconds: fc.constantFrom(0, 60, 1800),
    policy: fc.constantFrom({}, { sleep: false }, { min_awake_seconds: 0 }),
    leases: fc.array(fc.record({ until: fc.integer({ min: NOW - 1e6, max: NOW + 1e6 }), by: fc.constant('x') })),
    nodes: fc.constantFrom(idle.nodes, new Map(), new Map([['attic', undefined]])),
    working: fc.nat(2),
    orders: fc.subarray([schedule, syn]),
    slept: fc.array(fc.integer({ min: NOW - 9e6, max: NOW }), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(view, fc.boolean(), fc.boolean(), (one, quiet, overBudget) => {
      const { act, reason } = decide(one, { ...around, quiet, overBudget });
      expect(reason).not.toBe('');
      if (act === 'wake') expect(one.state).toBe('asleep');
      if (act !== 'sleep') return;
      expect(one.state).toBe('awake');
      expect(one.leases.every(({ until }) => until <= NOW)).toBe(true);
      expect([one.working, one.service]).toEqual([0, 'llama-api-coding']);
      expect(one.nodes).toBe(idle.nodes);
      expect(one.slept.filter((at) => NOW - at < 3_600_000).length).toBeLessThan(4);
    }),
    { numRuns: 2000 },
  );
});

const node: NodeView = {
  node: 'n1',
  state: 'on',
  since: 0,
  wol: true,
  awake: [],
  leases: [],
  needed: [],
  slept: [],
};
const nodeRules = { minOnMs: 600_000, minOffMs: 60_000, sleepsPerHour: 2 };
const quorum = (alive: string[]) => [{ name: 'Consul', members: ['n1', 'n2', 'n3'], alive }];

test('a node with nothing on it is suspended, unless a quorum needs it', () => {
  expect(decideNode(node, quorum(['n1', 'n2', 'n3']), NOW, nodeRules).act).toBe('sleep');
  expect(decideNode(node, quorum(['n1', 'n2']), NOW, nodeRules)).toEqual({
    act: 'keep',
    reason: 'Consul would lose its quorum',
  });
  expect(decideNode({ ...node, wol: false }, [], NOW, nodeRules).act).toBe('keep');
  expect(decideNode({ ...node, awake: ['x'] }, [], NOW, nodeRules).reason).toBe('x runs on it');
  expect(decideNode({ ...node, state: 'off', needed: ['x'] }, [], NOW, nodeRules)).toEqual({
    act: 'wake',
    reason: 'x needs it',
  });
  expect(decideNode({ ...node, state: 'off', since: NOW - 1, needed: ['x'] }, [], NOW, nodeRules).act).toBe('keep');
});
