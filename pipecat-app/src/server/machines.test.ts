import { BOOT_ALIVE, BOOT_ANSWERS, BOOT_MACHINES, BOOT_ORDERS } from '@twin/hashi/boot/boot-kv.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BootBoard } from '../cluster/boot-board.js';
import { monotonicClock } from '../experts/clock.js';
import { approvalStage, type Stage } from '../tools/approval/approvals.fixture.js';
import { machinesTool } from '../tools/machines/machines.js';
import { ToolRegistry } from '../tools/registry.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';
import { machinesAnswer } from './machines-protocol.js';
import type { Role } from './protocol.js';

const MAC = '52:54:00:12:34:56';
/** What Consul keeps; testing/cluster/boot.test.ts has the real one. */
let keys: Map<string, string>;
let gate: Stage;
let echo: EchoAgent;
/** What the boot service answers to an order. */
let reply: (order: unknown) => object;

beforeEach(async () => {
  reply = () => ({ phase: 'allowed' });
  keys = new Map([
    [BOOT_ALIVE, `${Date.now()}`],
    [`${BOOT_MACHINES}52-54-00-12-34-56`, JSON.stringify({ mac: MAC, phase: 'unknown', at: 1 })],
    [`${BOOT_MACHINES}broken`, 'no machine'],
  ]);
  gate = approvalStage();
  const entry = (key: string) => ({ key, value: keys.get(key) ?? '' }) as never;
  const boot = new BootBoard({
    kv: async () => ({
      list: async (prefix) => [...keys.keys()].filter((key) => key.startsWith(prefix)).map(entry),
      get: async (key) => (keys.has(key) ? entry(key) : undefined),
      put: async (key, value) => {
        const id = key.slice(BOOT_ORDERS.length);
        keys.set(BOOT_ANSWERS + id, JSON.stringify({ at: 1, ...reply(JSON.parse(value)) }));
        return true;
      },
      delete: async () => true,
    }),
    clock: monotonicClock,
    now: Date.now,
  });
  const tools = new ToolRegistry([machinesTool(boot)], { consent: gate.approvals });
  echo = await openEchoAgent({}, { boot, tools, approvals: gate.approvals });
});
afterEach(() => echo.close());

const send = async (method: string, path: string, body?: object, role: Role = 'operator') => {
  const response = await fetch(`${echo.url}${path}`, {
    method,
    headers: { ...echo.as(role), 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('viewers see machines, as the schema says, without what is none, and may change nothing', async () => {
  const { body } = await send('GET', '/api/machines', undefined, 'viewer');
  expect(machinesAnswer.parse(body)).toMatchObject({
    consul: 'ok',
    served: true,
    machines: [{ mac: MAC, phase: 'unknown' }],
  });
  expect((await send('POST', `/api/machines/${MAC}/revoke`, {}, 'viewer')).status).toBe(403);
});

test('a machine is allowed after consent, which says what may be lost', async () => {
  const orders: unknown[] = [];
  reply = (order) => {
    orders.push(order);
    return { phase: 'allowed' };
  };
  const asked = send('POST', `/api/machines/${MAC}/allow`, { name: 'attic', disk: '/dev/sda', wipe: true });
  const request = await vi.waitFor(() => {
    const [first] = gate.approvals.list().filter(({ status }) => status === 'new');
    if (!first) throw new Error('Nobody asks.');
    return first;
  });
  expect(request.effect).toBe(`Installs ${MAC} as attic on /dev/sda, and erases what is there.`);
  expect(orders).toEqual([]);
  const decision = { decision: 'approve', digest: request.digest };
  expect((await send('POST', `/api/approvals/${request.id}`, decision)).status).toBe(200);
  expect((await asked).status).toBe(200);
  expect(orders).toEqual([{ order: 'allow', mac: MAC, name: 'attic', disk: '/dev/sda', wipe: true, way: 'image' }]);
});

test.each([
  ['a name with a space', { name: 'my attic' }],
  ['a path for a disk', { name: 'attic', disk: '/dev/../etc' }],
  ['what nobody knows', { name: 'attic', erase: true }],
])('refuses %s', async (_, plan) => {
  expect((await send('POST', `/api/machines/${MAC}/allow`, plan)).status).toBe(400);
});

test('what the boot service refuses comes with its reason and next step', async () => {
  reply = () => ({ error: { code: 'TWIN_PXE_NOT_INSTALLED', message: 'It is not installed.', next: 'Install it.' } });
  const { status, body } = await send('POST', `/api/machines/${MAC}/join`, {});
  expect([status >= 400, JSON.stringify(body)]).toEqual([true, expect.stringContaining('It is not installed.')]);
});
