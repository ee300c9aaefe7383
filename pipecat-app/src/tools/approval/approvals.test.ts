import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { consentAnswer } from '../../mind/consent-answer.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { Caller, Door, Tool } from '../tool.js';
import { approvalStage, type Stage } from './approvals.fixture.js';
import type { Decider } from './authority.js';
import { consentQuestion } from './question.js';
import { canonicalJson } from './shown-text.js';

const BOSS: Decider = { role: 'admin', name: 'boss', way: 'page' };
let ran: unknown[];
let stage: Stage;
let registry: ToolRegistry;
beforeEach(() => {
  ran = [];
  use(approvalStage());
});

function use(next: Stage): void {
  stage = next;
  const args = z.strictObject({ command: z.string(), token: z.string().optional() });
  const run = (given: z.infer<typeof args>) => {
    ran.push(given);
    return { ok: true as const, output: `did ${given.command}` };
  };
  const method = { description: 'x', args, risk: 'sensitive' as const, run };
  const tool: Tool = {
    name: 'shell',
    description: 'x',
    methods: {
      run: { ...method, effect: ({ command }: { command: string }) => `Runs "${command}".` },
      small: { ...method, spokenConsent: true },
    },
  };
  registry = new ToolRegistry([tool], { consent: stage.approvals });
}

function ask(caller: Partial<Caller> = {}, command = 'ls', method = 'shell.run', stop = new AbortController()) {
  const controls = controlsOf(caller.session ?? 's', { caller: { role: 'operator', name: 'anna', ...caller } });
  const given = { command };
  const answer = registry.call(method, given, controls, stop.signal);
  given.command = 'rm -rf /';
  return { answer, controls, stop };
}
const newest = () => {
  const [request] = stage.approvals.list();
  if (!request) throw new Error('nobody was asked');
  return request;
};
const decide = (decision: 'approve' | 'deny' | 'session', by = BOSS, request = newest()) =>
  stage.approvals.answer(request.id, decision, request.digest, by);

describe('a conversation', () => {
  test('goes on while a person is asked; the approved arguments run once and the result is said once', async () => {
    const { answer, controls } = ask();
    expect(await answer).toMatchObject({ error: 'TWIN_ASKING', output: expect.stringContaining('Runs "ls".') });
    expect(ran).toEqual([]);
    await decide('approve');
    await stage.settle();
    expect(ran).toEqual([{ command: 'ls' }]);
    expect(canonicalJson(ran[0])).toBe(newest().args);
    expect(controls.announced).toEqual(['did ls']);
    expect(newest()).toMatchObject({ status: 'approved', by: 'boss', outcome: { ok: true, output: 'did ls' } });
    await expect(decide('approve')).rejects.toMatchObject({ code: 'TWIN_APPROVAL_DECIDED' });
    expect(ran).toHaveLength(1);
    expect(stage.noted.map(({ what }) => what)).toEqual(['asked', 'approved', 'done']);
  });

  test('asks once for the same call', async () => {
    await Promise.all([ask().answer, ask().answer]);
    expect(stage.approvals.list()).toHaveLength(1);
  });

  test('is told when nobody decides in time', async () => {
    const { controls } = ask();
    await stage.settle();
    stage.pass(300_000);
    await expect(decide('approve')).rejects.toMatchObject({ code: 'TWIN_APPROVAL_EXPIRED' });
    expect(controls.announced).toEqual(['Nobody approved it in time, so I did not do it.']);
    expect(ran).toEqual([]);
  });

  test('that ended withdraws its question, and its permission', async () => {
    await ask().answer;
    await decide('session');
    await stage.settle();
    await ask({}, 'pwd').answer;
    expect(ran).toHaveLength(2);
    await ask({}, 'ls', 'shell.small').answer;
    stage.approvals.sessionClosed('s');
    await expect(decide('approve')).rejects.toMatchObject({ code: 'TWIN_APPROVAL_DECIDED' });
    expect(stage.approvals.grants()).toEqual([]);
    expect(ran).toHaveLength(2);
  });

  test('a permission can be taken back', async () => {
    await ask().answer;
    await decide('session');
    await stage.approvals.revoke(newest().id, BOSS);
    await stage.settle();
    expect(await ask({}, 'pwd').answer).toMatchObject({ error: 'TWIN_ASKING' });
  });
});

describe('who decides', () => {
  test.each<[string, Partial<Caller>, Decider]>([
    ['a viewer', {}, { role: 'viewer', name: 'v', way: 'page' }],
    ['the key that asked by mcp', { door: 'mcp', keyId: 'k' }, { role: 'admin', name: 'k', keyId: 'k', way: 'key' }],
    [
      'the key that asked as agent',
      { door: 'agent', keyId: 'k' },
      { role: 'admin', name: 'k', keyId: 'k', way: 'key' },
    ],
  ])('not %s', async (_, caller, by) => {
    const { answer, stop } = ask(caller);
    await stage.settle();
    await expect(decide('approve', by)).rejects.toMatchObject({ code: 'TWIN_FORBIDDEN' });
    stop.abort();
    await answer.catch(() => undefined);
    expect(ran).toEqual([]);
  });

  test('not who was shown something else', async () => {
    await ask().answer;
    await expect(stage.approvals.answer(newest().id, 'approve', '0'.repeat(64), BOSS)).rejects.toMatchObject({
      code: 'TWIN_APPROVAL_CHANGED',
    });
    expect(ran).toEqual([]);
  });

  test('not against a policy that came meanwhile', async () => {
    await ask().answer;
    await stage.approvals.setPolicy({ methods: { shell: { operator: 'deny' } } }, BOSS);
    await expect(decide('approve')).rejects.toMatchObject({ code: 'TWIN_FORBIDDEN' });
    expect(await ask({}, 'pwd').answer).toMatchObject({ error: 'TWIN_DENIED' });
  });

  test('not when it cannot be written down', async () => {
    let broken = false;
    use(approvalStage({ methods: {} }, async () => (broken ? Promise.reject(new Error('full')) : undefined)));
    await ask().answer;
    broken = true;
    await expect(decide('approve')).rejects.toThrow('full');
    await stage.settle();
    expect(ran).toEqual([]);
  });
});

test.each<Door>(['api', 'mcp', 'agent'])('%s waits for the decision, and gets the result itself', async (door) => {
  const { answer, controls } = ask({ door });
  await stage.settle();
  expect(ran).toEqual([]);
  await decide('approve');
  expect(await answer).toEqual({ ok: true, output: 'did ls' });
  expect(controls.announced).toEqual([]);
  const gone = ask({ door }, 'pwd');
  await stage.settle();
  gone.stop.abort();
  await expect(gone.answer).rejects.toMatchObject({ name: 'AbortError' });
  expect(newest().status).toBe('withdrawn');
});

test('a secret is not written down', async () => {
  const controls = controlsOf('s', { caller: { role: 'operator' } });
  await registry.call('shell.run', { command: 'x', token: 'hush' }, controls, new AbortController().signal);
  expect(JSON.stringify(stage.noted)).not.toContain('hush');
});

describe('a spoken answer', () => {
  const say = (text: string, controls: { caller: Caller }, now = newest().at) =>
    consentAnswer(stage.approvals, text, controls.caller, consentQuestion(newest()), now);

  test('approves what does little harm, soon after the question', async () => {
    const { answer, controls } = ask({}, 'ls', 'shell.small');
    expect(await answer).toMatchObject({ output: expect.stringContaining('Do you agree?') });
    expect(await say('what time is it', controls)).toBeUndefined();
    expect(await say('yes', controls, newest().at + 61_000)).toContain('Mission Control');
    expect(ran).toEqual([]);
    expect(await say('yes, do it', controls)).toBe('All right.');
    await stage.settle();
    expect(ran).toHaveLength(1);
    expect(await say('yes', controls)).toBeUndefined();
  });

  test('cannot approve the rest, but deny it', async () => {
    const { answer, controls } = ask();
    await answer;
    expect(await say('yes', controls)).toContain('Mission Control');
    expect(await say('no', controls)).toContain('leave it');
    expect(newest().status).toBe('denied');
    expect(ran).toEqual([]);
  });
});
