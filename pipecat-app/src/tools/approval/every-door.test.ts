import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Role } from '../../server/protocol.js';
import { realTools } from '../../tool-parts.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { Door, Method, Tool } from '../tool.js';
import { approvalStage } from './approvals.fixture.js';
import type { Policy } from './policy.js';

const DOORS: readonly Door[] = ['voice', 'text', 'api', 'mcp', 'agent'];
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const BOSS = { role: 'admin', name: 'boss', way: 'page' } as const;

/** Every method of the agent and of an MCP server behind it, by name and risk. */
async function realMethods(): Promise<{ name: string; risk: Method['risk'] }[]> {
  const { registry, withServer, close } = realTools(approvalStage().approvals);
  await withServer();
  const methods = registry.list().map(({ name, risk }) => ({ name, risk }));
  await close();
  return methods;
}

/** The same names and risks; what they would do is written down instead. */
function rehearsed(methods: readonly { name: string; risk: Method['risk'] }[], ran: unknown[]): Tool[] {
  return methods.map(({ name, risk }) => {
    const [tool = '', method = ''] = name.split('.');
    const run = (args: unknown) => {
      ran.push(args);
      return { ok: true as const, output: name };
    };
    return {
      name: tool,
      description: 'x',
      methods: { [method]: { description: 'x', args: z.record(z.string(), z.unknown()), risk, run } },
    };
  });
}

test.each([
  ['the default policy', (): Policy => ({ methods: {} })],
  [
    'a policy that asks for everything',
    (names: string[]): Policy => ({
      methods: Object.fromEntries(names.map((name) => [name, { viewer: 'ask', operator: 'ask', admin: 'ask' }])),
    }),
  ],
])('%s: nothing that asks runs by any door before it is approved', async (_, policyOf) => {
  const methods = await realMethods();
  expect(methods.length).toBeGreaterThan(60);
  expect(methods).toContainEqual({ name: 'demo.keep', risk: 'sensitive' });
  const invented = { name: 'invented.harm', risk: 'sensitive' } as const;
  for (const method of [...methods, invented]) {
    for (const door of DOORS) {
      for (const role of ROLES) {
        const stage = approvalStage(policyOf([...methods, invented].map(({ name }) => name)));
        const ran: unknown[] = [];
        const registry = new ToolRegistry(rehearsed([method], ran), { consent: stage.approvals });
        const controls = controlsOf('s', { caller: { door, role } });
        const stop = new AbortController();
        const answer = registry.call(method.name, { n: 1 }, controls, stop.signal).catch(() => undefined);
        await stage.settle();
        const [request] = stage.approvals.list();
        if (request === undefined) {
          if (method.risk === 'sensitive') expect(ran, `${method.name} by ${door}`).toEqual([]);
          continue;
        }
        expect(ran, `${method.name} by ${door}`).toEqual([]);
        const wrong = stage.approvals.answer(request.id, 'approve', '0'.repeat(64), BOSS);
        await expect(wrong).rejects.toMatchObject({ code: 'TWIN_APPROVAL_CHANGED' });
        expect(ran).toEqual([]);
        await stage.approvals.answer(request.id, 'approve', request.digest, BOSS);
        await answer;
        await stage.settle();
        expect(ran).toEqual([{ n: 1 }]);
      }
    }
  }
});

const session = fc.constantFrom('a', 'b');
const step = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), session, door: fc.constantFrom(...DOORS) }),
  fc.record({
    do: fc.constant('decide' as const),
    which: fc.nat(9),
    decision: fc.constantFrom('approve' as const, 'deny' as const, 'session' as const),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1000, 200_000, 400_000) }),
  fc.record({ do: fc.constant('close' as const), session }),
  fc.record({ do: fc.constant('settle' as const) }),
);

test('whatever is asked, decided, late or left: what ran was approved, and ran once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const stage = approvalStage();
      const ran: { n: number }[] = [];
      const registry = new ToolRegistry(rehearsed([{ name: 't.harm', risk: 'sensitive' }], ran), {
        consent: stage.approvals,
      });
      const approved = new Set<string>();
      const granted = new Set<number>();
      const stops: AbortController[] = [];
      for (const [n, each] of steps.entries()) {
        if (each.do === 'ask') {
          const stop = new AbortController();
          stops.push(stop);
          if (stage.approvals.grants().some((grant) => grant.session === each.session)) granted.add(n);
          const controls = controlsOf(each.session, { caller: { door: each.door } });
          void registry.call('t.harm', { n }, controls, stop.signal).catch(() => undefined);
        } else if (each.do === 'decide') {
          const request = stage.approvals.list()[each.which];
          if (request === undefined) continue;
          const after = stage.approvals.answer(request.id, each.decision, request.digest, BOSS);
          await after.then(
            ({ status, args }) => status === 'approved' && approved.add(args),
            () => undefined,
          );
        } else if (each.do === 'pass') stage.pass(each.ms);
        else if (each.do === 'close') stage.approvals.sessionClosed(each.session);
        else await stage.settle();
      }
      await stage.settle();
      for (const stop of stops) stop.abort();
      await stage.approvals.close();
      const numbers = ran.map(({ n }) => n);
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const n of numbers) expect(granted.has(n) || approved.has(`{"n":${n}}`)).toBe(true);
      for (const args of approved) expect(numbers).toContain((JSON.parse(args) as { n: number }).n);
    }),
    { numRuns: 200 },
  );
});
