import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { specOf } from '../../mind/tool-choice.js';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { approvalStage, type Stage } from '../approval/approvals.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { Door, ToolResult } from '../tool.js';
import { type DemoHome, demoByHttp, demoHome, runs } from './demo-home.fixture.js';
import { McpServers } from './mcp-servers.js';

const BOSS = { role: 'admin', name: 'boss', way: 'page' } as const;
let home: DemoHome;
let stage: Stage;
let problems: string[];
const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  home = demoHome(temporaryFolder());
  stage = approvalStage();
  problems = [];
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** The servers of `mcp.json`; waits between two tries end when the test says so. */
function start(own: readonly string[] = ['clock']) {
  const waits: { ms: number; over(): void }[] = [];
  const clock = {
    now: () => 0,
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        waits.push({ ms, over: resolve });
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const onProblem = ({ message }: Error): void => void problems.push(message);
  const servers = new McpServers(
    home.file,
    { home: home.folder, version: '1', onProblem, clock, startMs: 20_000 },
    own,
  );
  const tools = servers.tools();
  const registry = new ToolRegistry(tools, { consent: stage.approvals });
  open.push({ close: async () => void (await Promise.all(tools.map((tool) => tool.close?.()))) });
  servers.start();
  const view = (name = 'demo') => servers.view().servers.find((server) => server.name === name);
  const is = (state: string, name = 'demo') => expect.poll(() => view(name)?.state).toBe(state);
  return { servers, registry, view, is, waits };
}
type Started = ReturnType<typeof start>;

/** Calls and approves what asks. */
async function call(
  { registry }: Started,
  method: string,
  args: object = {},
  stop = new AbortController(),
): Promise<ToolResult> {
  const controls = controlsOf('s', { caller: { door: 'api' } });
  const answer = registry.call(method, args as Record<string, unknown>, controls, stop.signal);
  answer.catch(() => undefined);
  await stage.settle();
  const [request] = stage.approvals.list();
  if (request?.status === 'new') await stage.approvals.answer(request.id, 'approve', request.digest, BOSS);
  return answer;
}

describe('a server as a child process', () => {
  test('its tools are methods; a person is asked but for those that only read and are allowed', async () => {
    home.configure({ demo: home.stdio({ allow: ['echo', 'keep', 'files/read-file'] }) });
    const demo = start();
    expect(demo.view()?.state).toBe('starting');
    await demo.is('ready');
    const risks = Object.fromEntries(demo.registry.list().map(({ name, risk }) => [name, risk]));
    expect(risks).toMatchObject({
      'demo.echo': 'read',
      'demo.files_read_file': 'read',
      'demo.keep': 'sensitive',
      'demo.claims': 'sensitive',
    });
    expect(await call(demo, 'demo.echo', { text: 'hello' })).toEqual({
      ok: true,
      output: 'demo says: echo {"text":"hello"}',
    });
    expect(stage.approvals.list()).toEqual([]);
    expect(await call(demo, 'demo.echo', { text: 'x'.repeat(51) })).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
    expect(home.ran()).toEqual(['echo {"text":"hello"}']);
  });

  test.each(['voice', 'text', 'api', 'mcp', 'agent'] satisfies Door[])(
    'by %s nothing runs that nobody approved',
    async (door) => {
      home.configure({ demo: home.stdio() });
      const demo = start();
      await demo.is('ready');
      for (const { name } of demo.registry.list()) {
        const stop = new AbortController();
        const controls = controlsOf(name, { caller: { door, role: 'admin' } });
        const answer = demo.registry.call(name, { text: 'a' }, controls, stop.signal).catch(() => undefined);
        await stage.settle();
        const [request] = stage.approvals.list();
        expect([request?.tool, request?.args, request?.status]).toEqual([name, '{"text":"a"}', 'new']);
        if (request) await stage.approvals.answer(request.id, 'deny', request.digest, BOSS);
        await answer;
      }
      expect(home.ran()).toEqual([]);
      await call(demo, 'demo.keep', { text: 'b' });
      expect(home.ran()).toEqual(['keep {"text":"b"}']);
    },
  );

  test('gets nothing of the agent’s environment, and what its entry names', async () => {
    process.env.TWIN_KEY = 'secret';
    home.configure({ demo: home.stdio({ env: { DEMO_TOKEN: 'x' } }) });
    const demo = start();
    await demo.is('ready');
    const { output } = await call(demo, 'demo.variables');
    delete process.env.TWIN_KEY;
    const names = output.replace('demo says: ', '').split(' ');
    expect(names).toContain('DEMO_TOKEN');
    expect(names.filter((name) => !/^(HOME|PATH|LOGNAME|SHELL|TERM|USER|DEMO_TOKEN)$/.test(name))).toEqual([]);
  });

  test('what it says is data: cut, and harmless to a prompt', async () => {
    home.configure({ demo: home.stdio() });
    const demo = start();
    await demo.is('ready');
    const listing = demo.registry.list().find(({ name }) => name === 'demo.evil');
    const told = JSON.stringify(listing && specOf(listing));
    expect(told.length).toBeLessThan(500);
    const { output } = await call(demo, 'demo.evil');
    expect(output).toMatch(/^demo says: /);
    for (const text of [told, output]) expect(text).not.toMatch(/[<>]|\[SYSTEM_PROMPT\]/);
    expect((await call(demo, 'demo.large')).output.length).toBeLessThan(4100);
    expect(await call(demo, 'demo.fails')).toMatchObject({ ok: false, output: 'demo says: it is Sunday' });
    expect(await call(demo, 'demo.refuses')).toMatchObject({
      ok: false,
      output: expect.stringContaining('not like this'),
    });
    expect(demo.view()?.state).toBe('ready');
  });

  test('more than can be kept ends the connection, not the agent', async () => {
    home.configure({ demo: home.stdio() });
    const demo = start();
    await demo.is('ready');
    expect(await call(demo, 'demo.flood')).toMatchObject({ error: 'TWIN_MCP_LOST' });
    await demo.is('unavailable');
  });

  test('a call that never ends is given up, and the server is told', async () => {
    home.configure({ demo: home.stdio({ timeout: 300 }) });
    const demo = start();
    await demo.is('ready');
    expect(await call(demo, 'demo.hang')).toMatchObject({ error: 'TWIN_TOOL_TIMEOUT' });
    const stop = new AbortController();
    const hanging = call(demo, 'demo.hang', {}, stop);
    await expect.poll(() => home.ran().filter((line) => line.startsWith('hang'))).toHaveLength(2);
    stop.abort();
    await expect(hanging).rejects.toThrow();
    await expect.poll(() => home.ran().filter((line) => line === 'cancelled')).toHaveLength(2);
    expect(demo.view()?.state).toBe('ready');
  });

  test('that crashes in a call is unavailable with its last words, without its secrets, and comes back', async () => {
    home.configure({ demo: home.stdio({ env: { DEMO_TOKEN: 'token-4711' } }) });
    const demo = start();
    await demo.is('ready');
    home.breakServer(true);
    expect(await call(demo, 'demo.crash')).toMatchObject({ ok: false, error: 'TWIN_MCP_LOST' });
    await demo.is('unavailable');
    expect(demo.view()?.reason).toBe('the demo had enough of ***');
    expect(await call(demo, 'demo.keep', { text: 'x' })).toMatchObject({
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
    expect(problems).toHaveLength(2);
    home.breakServer(false);
    demo.waits[3]?.over();
    await demo.is('ready');
    expect(await call(demo, 'demo.keep', { text: 'x' })).toMatchObject({ ok: true });
  });

  test('changes of its list are followed, and nobody’s approval holds for a tool that became another one', async () => {
    home.configure({ demo: home.stdio() });
    const demo = start();
    await demo.is('ready');
    const controls = controlsOf('s', { caller: { door: 'api' } });
    const { signal } = new AbortController();
    const early = demo.registry.call('demo.echo', { text: 'a' }, controls, signal);
    await stage.settle();
    const [request] = stage.approvals.list();
    await call(demo, 'demo.change');
    await expect.poll(() => demo.registry.names()).toContain('demo.added');
    if (request?.tool === 'demo.echo' && request.status === 'new')
      await stage.approvals.answer(request.id, 'approve', request.digest, BOSS);
    expect(await early).toMatchObject({ ok: false, error: 'TWIN_MCP_CHANGED' });
    expect(home.ran().filter((line) => line.startsWith('echo'))).toEqual([]);
    expect(await call(demo, 'demo.added')).toMatchObject({ ok: true });
  });

  test('ends by itself when the agent closes', async () => {
    home.configure({ demo: home.stdio() });
    await start().is('ready');
    await open.pop()?.close();
    expect(home.ended()).toBe(1);
  });

  test('and all that it started end with the agent, however stubborn', async () => {
    home.configure({ demo: home.stdio() });
    const demo = start();
    await demo.is('ready');
    const pids = (await call(demo, 'demo.stubborn')).output.replace('demo says: ', '').split(' ').map(Number);
    expect(pids.map(runs)).toEqual([true, true]);
    await open.pop()?.close();
    await expect.poll(() => pids.map(runs)).toEqual([false, false]);
  });
});

describe('what cannot be used says why, and nothing else stops', () => {
  test('a program that is not there', async () => {
    home.configure({ lost: { command: 'no-such-program' }, demo: home.stdio() });
    const both = start();
    await both.is('ready');
    await both.is('unavailable', 'lost');
    expect(both.view('lost')?.reason).toMatch(/no-such-program/);
    expect(both.servers.detail()).toBe('1 of 2 MCP servers');
  });

  test('a program that is no server', async () => {
    home.configure({ cat: { command: 'true' } });
    await start().is('unavailable', 'cat');
  });

  test('a name that is taken, by us or by another server; a disabled one is left alone', async () => {
    home.configure({
      Clock: home.stdio(),
      'my-demo': home.stdio(),
      my_demo: home.stdio(),
      off: home.stdio({ disabled: true }),
    });
    const all = start(['clock']);
    await all.is('ready', 'my-demo');
    expect(all.view('Clock')?.reason).toBe('the name clock is taken by a tool of the agent; give it another one');
    expect(all.view('my_demo')?.reason).toContain('taken by the server my-demo');
    expect(all.view('off')?.state).toBe('off');
    expect(new Set(all.registry.names().map((name) => name.split('.')[0]))).toEqual(new Set(['my_demo']));
  });

  test('a file that is wrong', () => {
    home.configure({ demo: {} });
    const none = start();
    expect(none.servers.view()).toMatchObject({ problem: expect.stringContaining('demo.command'), servers: [] });
    expect([none.servers.detail(), problems.length]).toEqual(['mcp.json cannot be used', 1]);
  });
});

describe('a server by HTTP', () => {
  test('is called with its headers, and found again when it was away', async () => {
    const first = await demoByHttp(home.log);
    open.push({ close: first.end });
    home.configure({ demo: { url: first.url, headers: { Authorization: 'Bearer demo' }, allow: ['echo'] } });
    const demo = start();
    await demo.is('ready');
    expect(await call(demo, 'demo.echo', { text: 'a' })).toMatchObject({
      ok: true,
      output: 'demo says: echo {"text":"a"}',
    });
    expect(demo.view()).toMatchObject({ transport: 'http', target: new URL(first.url).origin });
    await first.end();
    expect(await call(demo, 'demo.echo', { text: 'b' })).toMatchObject({ error: 'TWIN_MCP_LOST' });
    await demo.is('unavailable');
    const again = await demoByHttp(home.log, Number(new URL(first.url).port));
    open.push({ close: again.end });
    await expect.poll(() => demo.waits.length).toBeGreaterThan(0);
    for (const wait of demo.waits) wait.over();
    await demo.is('ready');
    expect(await call(demo, 'demo.echo', { text: 'c' })).toMatchObject({ ok: true });
  });

  test('whose answer is more than can be kept loses its connection', async () => {
    const server = await demoByHttp(home.log);
    open.push({ close: server.end });
    home.configure({ demo: { url: server.url, headers: { Authorization: 'Bearer demo' } } });
    const demo = start();
    await demo.is('ready');
    expect(await call(demo, 'demo.flood')).toMatchObject({
      error: 'TWIN_MCP_LOST',
      output: expect.stringContaining('its answer is too long'),
    });
  });

  test('that wants another key, or is not there, is unavailable', async () => {
    const server = await demoByHttp(home.log);
    open.push({ close: server.end });
    const headers = { Authorization: 'Bearer wrong-key' };
    home.configure({ demo: { url: server.url, headers }, gone: { url: 'http://127.0.0.1:1/mcp' } });
    const both = start();
    await both.is('unavailable');
    await both.is('unavailable', 'gone');
    expect(both.view()?.reason).toMatch(/401/);
    expect(both.view('gone')?.reason).toMatch(/ECONNREFUSED|refused|bad port/i);
    expect(JSON.stringify(both.servers.view())).not.toContain('wrong-key');
  });
});
