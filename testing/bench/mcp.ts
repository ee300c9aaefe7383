/**
 * What the Model Context Protocol costs: connecting to `/mcp` and calling a tool there, ours and one of a server behind us,
 * and the memory of the agent before and after. `npm run bench:mcp -- [--calls 200] [--json]`.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { demoHome } from '@twin/pipecat-app/tools/mcp-servers/demo-home.fixture.js';
import { residentMiB } from './process-usage.js';
import { quantile } from './quantiles.js';
import { type Figure, finish } from './report.js';
import { type RealServer, ROOT, startReal } from './servers.js';

const WARM_UP = 30;
const { values } = parseArgs({
  options: { calls: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
});
const calls = Number(values.calls);

const figures: Figure[] = [];
const plain = (name: string, value: string): void => void figures.push({ name, value, goal: '–', met: null });
const ms = (name: string, all: readonly number[]): void =>
  plain(
    `${name}, p50 / p99 of ${all.length}`,
    `${quantile(all, 0.5).toFixed(1)} / ${quantile(all, 0.99).toFixed(1)} ms`,
  );

const bare = await startReal();
try {
  const before = await residentMiB(bare.pid);
  plain('resident memory without a server and before the first request', `${before.toFixed(0)} MiB`);
  await measured(bare, 'legacy', 'clock-time', {});
  plain('the same after requests of `/mcp`', `${(await residentMiB(bare.pid)).toFixed(0)} MiB`);
} finally {
  await bare.stop();
}
// One agent for each era: an address has 1200 requests a minute.
for (const mode of ['legacy', 'auto'] as const) {
  const home = demoHome(mkdtempSync(join(tmpdir(), 'twin-mcp-')));
  home.configure({ demo: home.stdio({ allow: ['echo'] }) });
  const agent = await startReal({ home: home.folder });
  try {
    await ready(agent);
    const memory = await residentMiB(agent.pid);
    const { connects, own } = await measured(agent, mode, 'clock-time', {});
    const { own: through } = await measured(agent, mode, 'demo-echo', { text: 'hello' });
    const era = mode === 'legacy' ? '2025-11-25' : '2026-07-28';
    plain(`${era}: resident memory with one server behind, without its own process`, `${memory.toFixed(0)} MiB`);
    ms(`${era}: initialize or discover`, connects);
    ms(`${era}: tools/call of the clock`, own);
    ms(`${era}: tools/call through us, of a server by stdio`, through);
  } finally {
    await agent.stop();
  }
}
await finish('mcp', figures, { quick: false, json: values.json, file: join(ROOT, 'out', 'bench-mcp.json') });

async function measured(
  { endpoint, key }: RealServer,
  mode: 'legacy' | 'auto',
  name: string,
  args: Record<string, unknown>,
) {
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  const connects: number[] = [];
  const own: number[] = [];
  for (let round = 0; round < 20; round++) {
    const client = new Client({ name: 'bench', version: '1' }, { versionNegotiation: { mode } });
    const began = performance.now();
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', endpoint), { requestInit }));
    if (round > 0) connects.push(performance.now() - began);
    await client.close();
  }
  const client = new Client({ name: 'bench', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', endpoint), { requestInit }));
  for (let i = -WARM_UP; i < calls; i++) {
    const began = performance.now();
    const { isError } = await client.callTool({ name, arguments: args });
    if (isError) throw new Error(`${name} failed`);
    if (i >= 0) own.push(performance.now() - began);
  }
  await client.close();
  return { connects, own };
}

/** Waits for the server behind the agent. */
async function ready({ endpoint, key }: RealServer): Promise<void> {
  for (;;) {
    const response = await fetch(`${endpoint}/api/mcp-servers`, { headers: { authorization: `Bearer ${key}` } });
    if ((await response.text()).includes('"ready"')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
