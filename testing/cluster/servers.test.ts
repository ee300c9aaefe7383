import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendants } from '../bench/process-usage.js';
import { mountsUnder } from './leftovers.js';
import { runJob } from './run-job.js';
import { alive } from './server-process.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

/** A task that would run for ever, in a process that Nomad's own end does not end. */
const SLEEPER = `
job "sleeper" {
  group "one" {
    task "sleep" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["86400"]
      }
      resources {
        cpu    = 20
        memory = 20
      }
    }
  }
}`;

describe('the servers of a test cluster', () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.close());

  it('both have a leader, listen on loopback only and keep their update checks off', async () => {
    const self = await json(`${servers.nomad}/v1/agent/self`);
    expect(self).toMatchObject({ config: { DisableUpdateCheck: true, BindAddr: '127.0.0.1' } });
    const consul = (await json(`${servers.consul}/v1/agent/self`)) as { DebugConfig: Record<string, unknown> };
    expect(consul.DebugConfig).toMatchObject({ DisableUpdateCheck: true });
    const listening = await json(`${servers.consul}/v1/agent/members`);
    expect(listening).toMatchObject([{ Addr: '127.0.0.1' }]);
  });

  it('Consul and Nomad come back with what they knew, also after SIGKILL', async () => {
    await fetch(`${servers.consul}/v1/kv/here`, { method: 'PUT', body: 'still' });
    for (const name of ['consul', 'nomad'] as const) {
      const before = servers.pids[name]!;
      await servers.stop(name, 'SIGKILL');
      expect(alive(before)).toBe(false);
      await servers.start(name);
    }
    const answer = await until('the key', () => fetch(`${servers.consul}/v1/kv/here?raw`));
    expect(await answer.text()).toBe('still');
  });
});

it('closing ends running tasks, even those that a killed Nomad left, and removes the folder and its mounts', async () => {
  const servers = await startServers();
  await runJob(servers.nomad, SLEEPER);
  const everyone = await until('the task', () => {
    const below = descendants(servers.pids.nomad!);
    return below.some((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('86400')) && below;
  });
  // Besides the task: what holds it, and what keeps its log.
  expect(everyone.length).toBeGreaterThanOrEqual(3);
  await servers.stop('nomad', 'SIGKILL');
  expect(everyone.every(alive)).toBe(true);
  await servers.close();
  expect(everyone.filter(alive)).toEqual([]);
  expect(await mountsUnder(servers.folder)).toEqual([]);
  expect(existsSync(servers.folder)).toBe(false);
});

it('a server that cannot start says why', async () => {
  const signal = AbortSignal.abort(new Error('stopped by the test'));
  await expect(startServers({ only: 'consul', signal })).rejects.toThrow('stopped by the test');
});

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}
