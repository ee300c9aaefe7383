import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoHome, runs } from '@twin/pipecat-app/tools/mcp-servers/demo-home.fixture.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendants } from '../bench/process-usage.js';
import { type RealServer, ROOT, startReal } from '../bench/servers.js';
import { type Inspected, inspect } from './inspector.js';

const TWIN = join(ROOT, 'pipecat-app', 'bin', 'twin.js');
/** Long enough to notice that a person is asked. */
const ASKED = { timeout: 10_000 };

let agent: RealServer;
const home = demoHome(mkdtempSync(join(tmpdir(), 'twin-mcp-')));

beforeAll(async () => {
  home.configure({
    demo: home.stdio({ allow: ['echo'], env: { DEMO_TOKEN: 'token-4711' } }),
    gone: { command: 'no-such' },
  });
  agent = await startReal({ env: { TWIN_LOG_LEVEL: 'warn' }, home: home.folder, enough: () => true });
});
afterAll(() => agent?.stop());

const rest = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
  const response = await fetch(agent.endpoint + path, {
    method,
    headers: { authorization: `Bearer ${agent.key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
};

const twin = (...args: string[]) =>
  promisify(execFile)(process.execPath, [TWIN, '--endpoint', agent.endpoint, '--key', agent.key, ...args]);

const reach = (key: string): Record<string, string> => ({ TWIN_ENDPOINT: agent.endpoint, TWIN_KEY: key });
const byHttp = (key: string, ...args: string[]): Promise<Inspected> =>
  inspect([`${agent.endpoint}/mcp`], ['--header', `Authorization: Bearer ${key}`, ...args]);
const byPipe = (key: string, ...args: string[]): Promise<Inspected> =>
  inspect([process.execPath, TWIN, 'mcp'], args, reach(key));

describe.each([
  ['HTTP', byHttp],
  ['twin mcp', byPipe],
] as const)('the official inspector by %s', (way, by) => {
  const ask = (...args: string[]): Promise<Inspected> => by(agent.key, ...args);

  it('tools/list: ours and those of the server behind us', async () => {
    const { code, result, words } = await ask('--method', 'tools/list');
    expect(code, words).toBe(0);
    const names = (result.tools as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['clock-time', 'mcp-status', 'demo-echo', 'demo-keep']));
  });

  it('tools/call: ours, and through us', async () => {
    const time = await ask('--method', 'tools/call', '--tool-name', 'clock-time');
    expect(JSON.stringify(time.result), time.words).toContain('It is');
    const echo = await ask('--method', 'tools/call', '--tool-name', 'demo-echo', '--tool-arg', 'text=hello');
    expect(JSON.stringify(echo.result), echo.words).toContain('demo says: echo');
    const wrong = await ask('--method', 'tools/call', '--tool-name', 'demo-echo', '--tool-arg', 'text=7');
    expect(wrong.result, wrong.words).toMatchObject({ isError: true });
    const unknown = await ask('--method', 'tools/call', '--tool-name', 'nothing');
    expect([unknown.code, unknown.words]).toEqual([1, expect.stringContaining('no tool of this name')]);
  });

  it('resources/list, resources/read and resources/templates/list: the memory', async () => {
    const fact = `The ladder stands in the ${way === 'HTTP' ? 'attic' : 'cellar'}.`;
    await rest('POST', '/api/memory', { text: fact });
    const { result, words } = await ask('--method', 'resources/list');
    const found = (result.resources as { uri: string; name: string }[]).find(({ name }) => name === fact);
    expect(found, words).toBeDefined();
    const read = await ask('--method', 'resources/read', '--uri', found?.uri ?? '');
    expect(read.result, read.words).toMatchObject({ contents: [{ text: fact }] });
    const templates = await ask('--method', 'resources/templates/list');
    expect(templates.result, templates.words).toMatchObject({
      resourceTemplates: [{ uriTemplate: 'memory://search/{query}' }],
    });
  });

  it('prompts/list: there are none, and that is said', async () => {
    const { code, words } = await ask('--method', 'prompts/list');
    expect([code, words]).toEqual([1, expect.stringMatching(/-32601|not support prompts|Method not found/i)]);
  });

  it('a call that asks waits for a person, who sees the arguments; only then it runs', async () => {
    const before = home.ran().length;
    const call = ask('--method', 'tools/call', '--tool-name', 'demo-keep', '--tool-arg', `text=${way}`);
    const open = async () =>
      ((await rest('GET', '/api/approvals')).requests as { status: string; [key: string]: unknown }[]).filter(
        ({ status }) => status === 'new',
      );
    await expect.poll(async () => (await open()).length, ASKED).toBe(1);
    const [request] = await open();
    expect(request).toMatchObject({ tool: 'demo.keep', args: JSON.stringify({ text: way }), door: 'mcp' });
    expect(home.ran()).toHaveLength(before);
    // The key that asked may not decide.
    const own = await rest('POST', `/api/approvals/${request?.id}`, { decision: 'approve', digest: request?.digest });
    expect(own).toMatchObject({ error: { code: 'TWIN_FORBIDDEN' } });
    const other = (await rest('POST', '/api/keys', { name: `person ${way}`, role: 'operator' })) as { key: string };
    await twin('--key', other.key, 'approvals', 'approve', String(request?.id));
    const { result, words } = await call;
    expect(JSON.stringify(result), words).toContain('demo says: keep');
    expect(home.ran().at(-1)).toBe(`keep ${JSON.stringify({ text: way })}`);
  });
});

it.each([
  ['HTTP', byHttp],
  ['twin mcp', byPipe],
] as const)('a wrong key keeps the inspector out by %s', async (_, by) => {
  const { code, words } = await by('wrong', '--method', 'tools/list');
  expect([code, words]).toEqual([1, expect.stringMatching(/401|key|sign-in|closed/i)]);
});

it('`twin mcp servers` shows how they are, and nothing of their secrets', async () => {
  const { stdout } = await twin('mcp', 'servers');
  expect(stdout).toMatch(/^demo +stdio +node +ready +demo\.echo, demo\.keep \(asks\)/m);
  expect(stdout).toMatch(/^gone +stdio +no-such +unavailable: .*no-such/m);
  const { stdout: json } = await twin('-o', 'json', 'mcp', 'list');
  expect(JSON.parse(json)).toMatchObject({ problem: '', servers: [{ name: 'demo' }, { name: 'gone' }] });
  expect(stdout + json).not.toContain('token-4711');
  expect((await twin('mcp', 'servers', '--help')).stdout).toContain('mcp.json');
});

it('no process of a server outlives the agent', async () => {
  const children = descendants(agent.pid);
  expect(children.length).toBeGreaterThan(0);
  await agent.stop();
  await expect.poll(() => children.filter(runs)).toEqual([]);
});
