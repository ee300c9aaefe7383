import { consulContract } from '@twin/hashi/consul.contract.js';
import { Consul } from '@twin/hashi/consul.js';
import { HashiError } from '@twin/hashi/errors.js';
import { nomadContract } from '@twin/hashi/nomad.contract.js';
import { Nomad, nomadFromEnv } from '@twin/hashi/nomad.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerName, type Servers, startServers } from './servers.js';

consulContract('real', () => real('consul'));
nomadContract('real', () => real('nomad'));

const SOON = { timeout: 30_000, interval: 100 };

describe('the clients, over a restart of their server', () => {
  let servers: Servers;
  let consul: Consul;
  let nomad: Nomad;
  const troubles: HashiError[] = [];
  const onTrouble = (error: HashiError): void => void troubles.push(error);

  beforeAll(async () => {
    servers = await startServers();
    consul = new Consul({ address: servers.consul, onTrouble });
    nomad = new Nomad({ address: servers.nomad, onTrouble });
  });
  afterAll(async () => {
    await consul?.close();
    await nomad?.close();
    await servers?.close();
  });

  it('a watch of Consul keeps its last value while Consul is killed, and catches up', async () => {
    await consul.kv.put('restart/a', 'before');
    const stop = new AbortController();
    const seen: (string | undefined)[] = [];
    const reading = (async () => {
      for await (const entry of consul.kv.watch('restart/a', stop.signal)) seen.push(entry?.value);
    })();
    await expect.poll(() => seen, SOON).toEqual(['before']);
    troubles.length = 0;
    await servers.stop('consul', 'SIGKILL');
    await expect.poll(() => troubles.length, SOON).toBeGreaterThan(0);
    await servers.start('consul');
    await expect.poll(() => consul.kv.put('restart/a', 'after').catch(() => false), SOON).toBe(true);
    await expect.poll(() => seen, SOON).toEqual(['before', 'after']);
    expect(new Set(troubles.map(({ retryable }) => retryable))).toEqual(new Set([true]));
    stop.abort();
    await reading;
  });

  it('a lock is lost or kept, but never both, when Consul comes back', async () => {
    const lock = await consul.lock('restart/lock', new AbortController().signal);
    await servers.stop('consul', 'SIGKILL');
    await servers.start('consul');
    await expect.poll(() => consul.kv.get('restart/lock').catch(() => undefined), SOON).toBeDefined();
    const held = (await consul.kv.get('restart/lock'))?.session === lock.session;
    expect(lock.lost.aborted).toBe(!held);
    await lock.release();
    await expect.poll(async () => (await consul.kv.get('restart/lock'))?.session, SOON).toBeUndefined();
  });

  it('a log goes on at the next byte and events at the next index when Nomad was killed', async () => {
    const job = await nomad.jobs.parse(counting('counting'));
    const stop = new AbortController();
    const keys: string[] = [];
    let connections = 0;
    const hearing = (async () => {
      for await (const batch of nomad.events({ topics: ['Job'], signal: stop.signal })) {
        if (batch.connected) connections++;
        keys.push(...batch.events.filter(({ Type }) => Type === 'JobRegistered').map(({ Key }) => Key));
      }
    })();
    await expect.poll(() => connections, SOON).toBe(1);
    await nomad.jobs.register(job);
    const id = await allocationOf(nomad, 'counting');
    let log = '';
    const reading = (async () => {
      for await (const piece of nomad.logs.follow(id, 'count', { signal: stop.signal })) log += Buffer.from(piece);
    })();
    await expect.poll(() => lines(log).length, SOON).toBeGreaterThan(5);
    await servers.stop('nomad', 'SIGKILL');
    const before = lines(log).length;
    await servers.start('nomad');
    await expect.poll(() => lines(log).length, SOON).toBeGreaterThan(before + 20);
    expect(lines(log)).toEqual(lines(log).map((_, at) => `line ${at + 1}`));
    await expect.poll(() => connections, SOON).toBe(2);
    await nomad.jobs.register(await nomad.jobs.parse(counting('after')));
    await expect.poll(() => keys, SOON).toEqual(['counting', 'after']);
    stop.abort();
    await Promise.all([reading, hearing]);
  });
});

describe('Nomad with access control', () => {
  let servers: Servers;
  let root: Nomad;

  beforeAll(async () => {
    servers = await startServers({ only: 'nomad', acl: true });
    const open = new Nomad({ address: servers.nomad });
    const { SecretID } = await open.acl.bootstrap();
    await expect(open.acl.bootstrap()).rejects.toMatchObject({ code: 'TWIN_NOMAD_INVALID', status: 400 });
    await open.close();
    root = new Nomad({ address: servers.nomad, token: SecretID });
  });
  afterAll(async () => {
    await root?.jobs.stop('identified', { purge: true });
    await root?.close();
    await servers?.close();
  });

  it('a token may do what its policies say, and no more', async () => {
    const anonymous = new Nomad({ address: servers.nomad });
    await expect(anonymous.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED', status: 403 });
    await root.acl.policies.write('reader', 'namespace "default" { policy = "read" }', { description: 'Looks' });
    expect((await root.acl.policies.read('reader')).Rules).toContain('policy = "read"');
    expect((await root.acl.policies.list()).map(({ Name }) => Name)).toEqual(['reader']);
    const made = await root.acl.tokens.create({ name: 'reads', policies: ['reader'], ttlMs: 3_600_000 });
    let token: string | undefined;
    const reader = new Nomad({ address: servers.nomad, token: () => token });
    await expect(reader.jobs.list()).rejects.toBeInstanceOf(HashiError);
    token = made.SecretID;
    expect(await reader.jobs.list()).toEqual([]);
    expect(await reader.acl.tokens.self()).toMatchObject({ Name: 'reads', Policies: ['reader'] });
    await expect(reader.jobs.stop('any')).rejects.toMatchObject({ status: 403, next: expect.stringMatching(/token/) });
    await root.acl.tokens.remove(made.AccessorID);
    await expect(reader.jobs.list()).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED' });
    await root.acl.policies.remove('reader');
    await Promise.all([anonymous.close(), reader.close()]);
  });

  it('a token that may read logs only follows them all the same', async () => {
    await root.jobs.register(await root.jobs.parse(counting('identified')));
    const id = await allocationOf(root, 'identified');
    const rules = 'namespace "default" { capabilities = ["read-job", "read-logs"] }';
    await root.acl.policies.write('logs', rules);
    const { SecretID } = await root.acl.tokens.create({ name: 'logs', policies: ['logs'] });
    const reader = new Nomad({ address: servers.nomad, token: SecretID });
    const signal = new AbortController().signal;
    for await (const piece of reader.logs.follow(id, 'count', { signal })) {
      expect(Buffer.from(piece).toString()).toMatch(/^line 1\n/);
      break;
    }
    const fromEnd = reader.logs.follow(id, 'count', { signal, offset: -5 });
    await expect(fromEnd.next()).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED' });
    await reader.close();
  });

  it('a task talks to Nomad over its socket, as itself', async () => {
    const id = await allocationOf(root, 'identified');
    await root.variables.write('nomad/jobs/identified', { secret: 'one' });
    await root.variables.write('other', { secret: 'two' });
    const task = new Nomad(nomadFromEnv({ NOMAD_SECRETS_DIR: `${servers.folder}/nomad/alloc/${id}/count/secrets` }));
    expect((await task.variables.read('nomad/jobs/identified'))?.Items).toEqual({ secret: 'one' });
    await expect(task.variables.read('other')).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED' });
    await task.close();
    const nobody = new Nomad({ socketPath: `${servers.folder}/nomad/alloc/${id}/count/secrets/api.sock` });
    await expect(nobody.variables.read('nomad/jobs/identified')).rejects.toMatchObject({ code: 'TWIN_NOMAD_REFUSED' });
    await nobody.close();
  });
});

async function real(only: ServerName): Promise<{ address: string; close(): Promise<void> }> {
  const servers = await startServers({ only });
  return { address: servers[only], close: () => servers.close() };
}

/** Writes a numbered line five times a second, until it is stopped. */
const counting = (id: string): string => `
job "${id}" {
  group "one" {
    task "count" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args = ["-c", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.2; done"]
      }
      identity {
        file = true
      }
      resources {
        cpu = 20
        memory = 16
      }
      kill_timeout = "1s"
    }
  }
}`;

async function allocationOf(nomad: Nomad, job: string): Promise<string> {
  const running = async (): Promise<string | undefined> =>
    (await nomad.jobs.allocations(job)).find(({ ClientStatus }) => ClientStatus === 'running')?.ID;
  await expect.poll(running, SOON).toBeDefined();
  return (await running()) as string;
}

/** Whole lines only. */
const lines = (log: string): string[] => log.split('\n').slice(0, -1);
