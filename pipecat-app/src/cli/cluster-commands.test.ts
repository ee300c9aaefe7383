import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type ClusterAgent, JOB, openClusterAgent } from '../server/cluster-agent.fixture.js';
import { run } from './main.js';

let agent: ClusterAgent;
let out: string[];
let err: string[];

beforeAll(async () => {
  agent = await openClusterAgent();
  const { plan } = await agent.agent.cluster.plan({ hcl: JOB('talker'), variables: {} }, { admin: true });
  await agent.agent.cluster.run(plan, 0);
  const state = async () => (await agent.agent.cluster.jobs()).jobs[0]?.state;
  await vi.waitFor(async () => expect(await state()).toBe('awake'), { timeout: 5_000 });
});
afterAll(() => agent.close());
beforeEach(() => {
  out = [];
  err = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const twin = (...args: string[]) => run(['node', 'twin', '--endpoint', agent.url, '--key', agent.keys.viewer, ...args]);

it('twin logs prints what a job has written, each stream where it belongs, and ends', async () => {
  await twin('logs', 'talker');
  expect(out.join('')).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n');
  expect(err.join('')).toMatch(/^-- task lines on node-1, allocation \S+\nwarning 1\n/);
});

it('twin logs says in words that there is no such job', async () => {
  await twin('logs', 'nowhere');
  expect(process.exitCode).toBe(1);
  expect(err.join('')).toContain('Check the name');
});

it('twin experts lists them, also as JSON', async () => {
  await twin('experts');
  expect(out.join('')).toMatch(/^EXPERT +STATE/);
  out = [];
  await twin('experts', '-o', 'json');
  expect(JSON.parse(out.join(''))).toEqual({ nomad: 'ok', words: '', experts: [] });
});
