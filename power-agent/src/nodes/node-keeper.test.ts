import type { Clock } from '@twin/hashi/clock.js';
import type { Consul } from '@twin/hashi/consul.js';
import { type NodeState, nodeEntries, nodeStateKey } from '@twin/hashi/power/node-kv.js';
import { expect, test, vi } from 'vitest';
import type { Sending } from './magic-packet.js';
import { NodeKeeper, type NodeKeeperParts } from './node-keeper.js';
import type { Quorum } from './node-policy.js';
import type { NodeService } from './node-view.js';

const rules = { minOnMs: 600_000, minOffMs: 60_000, sleepsPerHour: 2 };
const CARD = { name: 'eth0', mac: '02:00:00:00:00:09', cidr: '10.1.0.9/24' };
const OWN = { name: 'br1', mac: '02:00:00:00:00:01', cidr: '10.1.0.1/24' };

/** Consul's keys, Nomad's jobs and time, for the keeper of one node. */
class World {
  readonly keys = new Map<string, { value: string; modifyIndex: number }>();
  readonly steps: string[] = [];
  readonly sent: Sending[] = [];
  readonly signal = new AbortController().signal;
  readonly running: string[] = [];
  services: NodeService[] = [];
  quorums: Quorum[] = [];
  /** Nomad hears from other nodes, which it may give nothing to do. */
  idles = false;
  now = 10_000_000;
  onSend = (): void => {};
  #index = 0;

  put(key: string, value: object): void {
    this.keys.set(key, { value: JSON.stringify(value), modifyIndex: ++this.#index });
  }
  state(node: string): NodeState['state'] | undefined {
    return nodeEntries(this.#entries()).get(node)?.state?.state;
  }
  keeper(node: string, more: Partial<NodeKeeperParts> = {}): NodeKeeper {
    const clock: Clock = { now: () => this.now, sleep: async (ms) => this.#pass(ms) };
    const kv = {
      get: async (key: string) => this.keys.get(key),
      list: async () => this.#entries(),
      put: async (key: string, value: string, { cas }: { cas?: number } = {}) => {
        if (cas !== undefined && cas !== (this.keys.get(key)?.modifyIndex ?? 0)) return false;
        this.put(key, JSON.parse(value) as object);
        this.steps.push((JSON.parse(value) as NodeState).state);
        return true;
      },
    };
    const lock = async () => {
      this.steps.push('lock');
      return { lost: new AbortController().signal, release: async () => void this.steps.push('release') };
    };
    return new NodeKeeper({
      node,
      rules,
      board: { nodes: () => nodeEntries(this.#entries()), services: () => this.services },
      cluster: {
        quorums: async () => this.quorums,
        running: async () => this.running,
        drain: async () => void this.steps.push('drain'),
        undrain: async () => void this.steps.push('undrain'),
        idles: async () => this.idles,
      },
      consul: { kv, lock } as unknown as Pick<Consul, 'kv' | 'lock'>,
      suspend: async () => void this.steps.push('suspend'),
      send: async (sending) => {
        this.sent.push(sending);
        this.onSend();
      },
      interfaces: () => [OWN],
      clock,
      now: () => this.now,
      log: { info: vi.fn(), warn: vi.fn() },
      ...more,
    });
  }
  #pass(ms: number): void {
    this.now += ms;
  }
  #entries(): { key: string; value: string }[] {
    return [...this.keys].map(([key, { value }]) => ({ key, value }));
  }
}

const sleepy = (world: World): void => world.put('pipecat/power/node/attic/policy', { wol: true });

test('with nothing on it a node drains, says that it is off, lets the lock go, and only then suspends', async () => {
  const world = new World();
  sleepy(world);
  const keeper = world.keeper('attic');
  await keeper.tick(world.signal);
  expect(world.steps).toEqual([]);
  expect(keeper.verdicts()).toEqual([{ node: 'attic', act: 'keep', reason: 'it came up a moment ago' }]);
  world.now += rules.minOnMs;
  await keeper.tick(world.signal);
  expect(world.steps).toEqual(['lock', 'suspending', 'drain', 'off', 'release', 'suspend', 'undrain', 'on']);
});

test.each<[string, (world: World) => void, Partial<NodeKeeperParts>]>([
  ['without a policy', (world) => world.keys.clear(), {}],
  ['with a job', (world) => void world.running.push('pipecat-app'), {}],
  ['with a lease', (w) => w.put('pipecat/power/node/attic/lease/me', { until: w.now * 2, by: 'me' }), {}],
  [
    'as a server that the others need',
    (world) => {
      world.quorums = [{ name: 'Consul', members: ['attic', 'b', 'c'], alive: ['attic', 'b'] }];
    },
    {},
  ],
  ['without a way to suspend', () => {}, { suspend: undefined }],
])('%s it stays on', async (_, change, more) => {
  const world = new World();
  sleepy(world);
  const keeper = world.keeper('attic', more);
  world.now += rules.minOnMs;
  change(world);
  await keeper.tick(world.signal);
  expect(world.steps).toEqual([]);
});

test('who is wanted while it drains does not suspend', async () => {
  const world = new World();
  sleepy(world);
  const keeper = world.keeper('attic', {
    cluster: {
      quorums: async () => [],
      running: async () => [],
      undrain: async () => void world.steps.push('undrain'),
      idles: async () => false,
      drain: async () => {
        world.services = [{ service: 'coding', state: 'waking', nodes: ['attic'], leases: [] }];
      },
    },
  });
  world.now += rules.minOnMs;
  await keeper.tick(world.signal);
  expect(world.steps).toEqual(['lock', 'suspending', 'undrain', 'on', 'release']);
});

test('of two servers that would go at once the second sees that the first is off, although nobody has told it yet', async () => {
  const world = new World();
  sleepy(world);
  const before = new Map(nodeEntries([{ key: 'pipecat/power/node/attic/policy', value: '{"wol":true}' }]));
  const members = ['attic', 'b', 'c'];
  const keeper = world.keeper('attic', {
    board: { nodes: () => before, services: () => [] },
    cluster: {
      quorums: async (off) => [{ name: 'Consul', members, alive: members.filter((one) => !off.has(one)) }],
      running: async () => [],
      drain: async () => void world.steps.push('drain'),
      undrain: async () => {},
      idles: async () => false,
    },
  });
  world.now += rules.minOnMs;
  world.put(nodeStateKey('b'), { state: 'off', at: world.now, by: 'b' });
  await keeper.tick(world.signal);
  expect(world.steps).toEqual(['lock', 'release']);
  expect(keeper.verdicts()[0]?.reason).toBe('Consul would lose its quorum');
});

test('killed while it drained, or found off though it runs: the next agent gives the node back to Nomad', async () => {
  for (const state of ['suspending', 'off', 'waking'] as const) {
    const world = new World();
    world.put(nodeStateKey('attic'), { state, at: 1, by: 'attic' });
    await world.keeper('attic').tick(world.signal);
    expect([world.steps, world.state('attic')]).toEqual([['undrain', 'on'], 'on']);
  }
});

const off = (world: World): void =>
  world.put(nodeStateKey('attic'), { state: 'off', interfaces: [CARD], at: world.now - 600_000, by: 'attic' });

test('a service that is woken wakes the node it slept on: packets on its network until the node itself says that it is on', async () => {
  const world = new World();
  off(world);
  const keeper = world.keeper('cellar');
  await keeper.tick(world.signal);
  expect(world.sent).toEqual([]);
  world.services = [{ service: 'coding', state: 'waking', nodes: ['attic'], leases: [] }];
  world.onSend = () => {
    if (world.sent.length === 3) world.put(nodeStateKey('attic'), { state: 'on', at: world.now, by: 'attic' });
  };
  await keeper.tick(world.signal);
  await keeper.settled();
  const way = { mac: CARD.mac, interface: 'br1', local: '10.1.0.1', broadcast: '10.1.0.255' };
  expect(world.sent).toEqual([way, way, way]);
});

test('of two that would wake it one sends; one that shares no network does not try; who gave up is followed by the next', async () => {
  const world = new World();
  off(world);
  world.put('pipecat/power/node/attic/lease/me', { until: world.now * 2, by: 'me' });
  const far = world.keeper('far', { interfaces: () => [{ ...OWN, cidr: '10.9.0.1/24' }] });
  await far.tick(world.signal);
  expect(far.verdicts()[0]?.reason).toBe('no network is shared with it');
  const [one, two] = [world.keeper('cellar'), world.keeper('garage')];
  await Promise.all([one.tick(world.signal), two.tick(world.signal)]);
  await Promise.all([one.settled(), two.settled()]);
  expect(world.sent).toHaveLength(30);
  expect(world.state('attic')).toBe('waking');
  world.now += 120_000;
  await two.tick(world.signal);
  await two.settled();
  expect(world.sent).toHaveLength(60);
});

test('a node that Nomad hears from again may be used at once: its own agent, taken for lost, is started nowhere else', async () => {
  const world = new World();
  off(world);
  world.services = [{ service: 'coding', state: 'waking', nodes: ['attic'], leases: [] }];
  world.onSend = () => {
    world.idles = world.sent.length >= 2;
    if (world.sent.length === 3) world.put(nodeStateKey('attic'), { state: 'on', at: world.now, by: 'attic' });
  };
  const keeper = world.keeper('cellar');
  await keeper.tick(world.signal);
  await keeper.settled();
  expect(world.steps).toEqual(['waking', 'undrain']);
});

test('a node that was switched on by hand is given back, too, when it can no longer be the echo of one that has just gone', async () => {
  const world = new World();
  world.idles = true;
  world.put(nodeStateKey('attic'), { state: 'off', interfaces: [CARD], at: world.now, by: 'attic' });
  const keeper = world.keeper('cellar');
  await keeper.tick(world.signal);
  expect(world.steps).toEqual([]);
  world.now += 121_000;
  await keeper.tick(world.signal);
  expect(world.steps).toEqual(['undrain']);
});
