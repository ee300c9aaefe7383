import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { specOf } from '../../mind/tool-choice.js';
import { controlsOf } from '../controls.fixture.js';
import type { Door } from '../tool.js';
import { runs } from './demo-home.fixture.js';
import { BOSS, ServerStage } from './server-stage.fixture.js';

let on: ServerStage;
beforeEach(() => {
  on = new ServerStage();
});
afterEach(() => on.close());

describe('a server as a child process', () => {
  test('its tools are methods; a person is asked but for those that only read and are allowed', async () => {
    on.home.configure({ demo: on.home.stdio({ allow: ['echo', 'keep', 'files/read-file'] }) });
    const demo = on.start();
    expect(demo.view()?.state).toBe('starting');
    await demo.is('ready');
    const risks = Object.fromEntries(demo.registry.list().map(({ name, risk }) => [name, risk]));
    expect(risks).toMatchObject({
      'demo.echo': 'read',
      'demo.files_read_file': 'read',
      'demo.keep': 'sensitive',
      'demo.claims': 'sensitive',
    });
    expect(await on.call(demo, 'demo.echo', { text: 'hello' })).toEqual({
      ok: true,
      output: 'demo says: echo {"text":"hello"}',
    });
    expect(on.gate.approvals.list()).toEqual([]);
    expect(await on.call(demo, 'demo.echo', { text: 'x'.repeat(51) })).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
    expect(on.home.ran()).toEqual(['echo {"text":"hello"}']);
  });

  test.each(['voice', 'text', 'api', 'mcp', 'agent'] satisfies Door[])(
    'by %s nothing runs that nobody approved',
    async (door) => {
      on.home.configure({ demo: on.home.stdio() });
      const demo = on.start();
      await demo.is('ready');
      for (const { name } of demo.registry.list()) {
        const stop = new AbortController();
        const controls = controlsOf(name, { caller: { door, role: 'admin' } });
        const answer = demo.registry.call(name, { text: 'a' }, controls, stop.signal).catch(() => undefined);
        await on.gate.settle();
        const [request] = on.gate.approvals.list();
        expect([request?.tool, request?.args, request?.status]).toEqual([name, '{"text":"a"}', 'new']);
        if (request) await on.gate.approvals.answer(request.id, 'deny', request.digest, BOSS);
        await answer;
      }
      expect(on.home.ran()).toEqual([]);
      await on.call(demo, 'demo.keep', { text: 'b' });
      expect(on.home.ran()).toEqual(['keep {"text":"b"}']);
    },
  );

  test('gets nothing of the agent’s environment, and what its entry names', async () => {
    process.env.TWIN_KEY = 'secret';
    const demo = await on.demo(on.home.stdio({ env: { DEMO_TOKEN: 'x' } }));
    const { output } = await on.call(demo, 'demo.variables');
    delete process.env.TWIN_KEY;
    const names = output.replace('demo says: ', '').split(' ');
    expect(names).toContain('DEMO_TOKEN');
    expect(names.filter((name) => !/^(HOME|PATH|LOGNAME|SHELL|TERM|USER|DEMO_TOKEN)$/.test(name))).toEqual([]);
  });

  test('what it says is data: cut, and harmless to a prompt', async () => {
    const demo = await on.demo();
    const listing = demo.registry.list().find(({ name }) => name === 'demo.evil');
    const told = JSON.stringify(listing && specOf(listing));
    expect(told.length).toBeLessThan(500);
    const { output } = await on.call(demo, 'demo.evil');
    expect(output).toMatch(/^demo says: /);
    for (const text of [told, output]) expect(text).not.toMatch(/[<>]|\[SYSTEM_PROMPT\]/);
    expect((await on.call(demo, 'demo.large')).output.length).toBeLessThan(4100);
    expect(await on.call(demo, 'demo.fails')).toMatchObject({ ok: false, output: 'demo says: it is Sunday' });
    expect(await on.call(demo, 'demo.refuses')).toMatchObject({
      ok: false,
      output: expect.stringContaining('not like this'),
    });
    expect(demo.view()?.state).toBe('ready');
  });

  test('more than can be kept ends the connection, not the agent', async () => {
    const demo = await on.demo();
    expect(await on.call(demo, 'demo.flood')).toMatchObject({ error: 'TWIN_MCP_LOST' });
    await demo.is('unavailable');
    expect(demo.view()?.reason).toBe('its answer is too long');
  });

  test('a call that never ends is given up, and the server is told', async () => {
    const demo = await on.demo(on.home.stdio({ timeout: 300 }));
    expect(await on.call(demo, 'demo.hang')).toMatchObject({ error: 'TWIN_TOOL_TIMEOUT' });
    const stop = new AbortController();
    const hanging = on.call(demo, 'demo.hang', {}, stop);
    await expect.poll(() => on.home.ran().filter((line) => line.startsWith('hang'))).toHaveLength(2);
    stop.abort();
    await expect(hanging).rejects.toThrow();
    await expect.poll(() => on.home.ran().filter((line) => line === 'cancelled')).toHaveLength(2);
    expect(demo.view()?.state).toBe('ready');
  });

  test('that crashes in a call is unavailable with its last words, without its secrets, and comes back', async () => {
    const demo = await on.demo(on.home.stdio({ env: { DEMO_TOKEN: 'token-4711' } }));
    on.home.breakServer(true);
    expect(await on.call(demo, 'demo.crash')).toMatchObject({ ok: false, error: 'TWIN_MCP_LOST' });
    await demo.is('unavailable');
    expect(demo.view()?.reason).toBe('the demo had enough of ***');
    expect(await on.call(demo, 'demo.keep', { text: 'x' })).toMatchObject({
      error: 'TWIN_TOOL_UNAVAILABLE',
      output: expect.stringContaining('had enough of ***'),
    });
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => demo.waits.length).toBe(i + 1);
      demo.waits[i]?.over();
    }
    await expect.poll(() => demo.waits.length).toBe(4);
    const waits = demo.waits.map(({ ms }) => ms);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(demo.view()?.reason).toBe('the demo is broken');
    expect(on.problems).toHaveLength(2);
    on.home.breakServer(false);
    demo.waits[3]?.over();
    await demo.is('ready');
    expect(await on.call(demo, 'demo.keep', { text: 'x' })).toMatchObject({ ok: true });
  });

  test('changes of its list are followed, and nobody’s approval holds for a tool that became another one', async () => {
    const demo = await on.demo();
    const controls = controlsOf('s', { caller: { door: 'api' } });
    const { signal } = new AbortController();
    const early = demo.registry.call('demo.echo', { text: 'a' }, controls, signal);
    await on.gate.settle();
    const [request] = on.gate.approvals.list();
    await on.call(demo, 'demo.change');
    await expect.poll(() => demo.registry.names()).toContain('demo.added');
    if (request?.tool === 'demo.echo' && request.status === 'new')
      await on.gate.approvals.answer(request.id, 'approve', request.digest, BOSS);
    expect(await early).toMatchObject({ ok: false, error: 'TWIN_MCP_CHANGED' });
    expect(on.home.ran().filter((line) => line.startsWith('echo'))).toEqual([]);
    expect(await on.call(demo, 'demo.added')).toMatchObject({ ok: true });
  });

  test('ends by itself when the agent closes', async () => {
    await on.demo();
    await on.open.pop()?.close();
    expect(on.home.ended()).toBe(1);
  });

  test('and all that it started end with the agent, however stubborn', async () => {
    const demo = await on.demo();
    const pids = (await on.call(demo, 'demo.stubborn')).output.replace('demo says: ', '').split(' ').map(Number);
    expect(pids.map(runs)).toEqual([true, true]);
    await on.open.pop()?.close();
    await expect.poll(() => pids.map(runs)).toEqual([false, false]);
  });
});

describe('what cannot be used says why, and nothing else stops', () => {
  test('a program that is not there', async () => {
    on.home.configure({ lost: { command: 'no-such-program' }, demo: on.home.stdio() });
    const both = on.start();
    await both.is('ready');
    await both.is('unavailable', 'lost');
    expect(both.view('lost')?.reason).toMatch(/no-such-program/);
    expect(both.servers.detail()).toBe('1 of 2 MCP servers');
  });

  test.each(['true', 'yes'])('a program that is no server: %s', async (command) => {
    on.home.configure({ other: { command } });
    await on.start().is('unavailable', 'other');
  });

  test('a name that is taken, by us or by another server; a disabled one is left alone', async () => {
    on.home.configure({
      Clock: on.home.stdio(),
      'my-demo': on.home.stdio(),
      my_demo: on.home.stdio(),
      off: on.home.stdio({ disabled: true }),
    });
    const all = on.start(['clock']);
    await all.is('ready', 'my-demo');
    expect(all.view('Clock')?.reason).toBe('the name clock is taken by a tool of the agent; give it another one');
    expect(all.view('my_demo')?.reason).toContain('taken by the server my-demo');
    expect(all.view('off')?.state).toBe('off');
    expect(new Set(all.registry.names().map((name) => name.split('.')[0]))).toEqual(new Set(['my_demo']));
  });

  test('a file that is wrong', () => {
    on.home.configure({ demo: {} });
    const none = on.start();
    expect(none.servers.view()).toMatchObject({ problem: expect.stringContaining('demo.command'), servers: [] });
    expect([none.servers.detail(), on.problems.length]).toEqual(['mcp.json cannot be used', 1]);
  });
});
