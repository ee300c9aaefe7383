import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { asManager, on } from './on-node.js';
import { type Played, play } from './playbook.js';
import { SCENARIOS } from './role-scenarios.js';
import { standInForCgroups } from './stand-in-cgroups.js';

/** Each role by its own tag, on a fresh machine that has had the roles before it. */
const MINUTES = 60_000;
let lab: Lab;

beforeAll(async () => {
  lab = await openLab({ name: 'promote-roles', nodes: 1 });
}, 5 * MINUTES);
afterAll(() => lab?.close());

const node = () => lab.nodes[0] as Lab['nodes'][number];
/** @param role the one that is tried; what it adds to the roles before it is wanted there, too */
const tags = (roles: readonly string[], role: string): Promise<Played> =>
  play(lab, 'playbook.yaml', {
    controllers: [node()],
    args: [
      ...['--tags', roles.join(',')],
      ...['-e', JSON.stringify({ wireguard: roles.includes('wireguard'), monitoring: role === 'monitoring' })],
    ],
  });

const asConsul = (one: LabNode, command: string): Promise<string> =>
  on(one, `export CONSUL_HTTP_TOKEN=$(cat /etc/consul.d/management_token); ${command}`);

describe.each(SCENARIOS)('role $role', ({ role, after, verify, changes }) => {
  beforeAll(async () => {
    await node().reset();
    await standInForCgroups(node());
    if (after.length === 0) return;
    const run = await tags(after, role);
    expect(run.code, run.text).toBe(0);
  }, 10 * MINUTES);

  test('converges by its tag alone', { timeout: 5 * MINUTES }, async () => {
    const run = await tags([role], role);
    expect(run.code, run.text).toBe(0);
    expect(run.changes.length > 0).toBe(changes ?? true);
    expect(run.changes.filter(({ task }) => changes === false || !task.includes(' : '))).toEqual([]);
  });

  test('changes nothing the second time', { timeout: 5 * MINUTES }, async () => {
    const run = await tags([role], role);
    expect([run.code, run.changes], run.text).toEqual([0, []]);
  });

  test.each(verify)('%s', async (command, sees) => {
    const ask = role === 'nomad' ? asManager : role === 'consul' ? asConsul : on;
    expect(await ask(node(), command)).toMatch(sees);
  });
});
