import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from './nomad/job.js';
import { Nomad } from './nomad.js';

type Started = { address: string; close(): Promise<void> };

/** A service that writes `line 1`, `line 2`, … and another that takes a while to count as healthy. */
const hcl = (id: string, { count = 1, healthyAfter = '0s', type = 'service', more = '' } = {}): string => `
job "${id}" {
  type = "${type}"
  ${more}
  group "talk" {
    count = ${count}
    ${type === 'service' ? `update {\n      min_healthy_time = "${healthyAfter}"\n      health_check = "task_states"\n    }` : ''}
    task "lines" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args = ["-c", "for i in 1 2 3 4 5; do echo line $i; echo warning $i >&2; done; ${type === 'service' ? 'exec sleep 600' : 'true'}"]
      }
      resources {
        cpu = 20
        memory = 16
      }
      kill_timeout = "1s"
    }
  }
}`;

const SOON = { timeout: 20_000, interval: 100 };

/** What `Nomad` promises, for a server that `start` starts. */
export function nomadContract(name: string, start: () => Promise<Started>): void {
  describe(`Nomad, ${name}`, () => {
    let server: Started;
    let nomad: Nomad;

    beforeAll(async () => {
      server = await start();
      nomad = new Nomad({ address: server.address });
    });
    afterAll(async () => {
      await nomad?.close();
      await server?.close();
    });

    const run = async (id: string, options: Parameters<typeof hcl>[1] = {}): Promise<Job> => {
      const job = await nomad.jobs.parse(hcl(id, options));
      await nomad.jobs.register(job);
      return job;
    };
    const running = async (id: string, count = 1): Promise<string[]> => {
      const live = async (): Promise<string[]> =>
        (await nomad.jobs.allocations(id)).filter(({ ClientStatus }) => ClientStatus === 'running').map(({ ID }) => ID);
      await expect.poll(async () => (await live()).length, SOON).toBe(count);
      return live();
    };
    const settled = async (id: string): Promise<void> => {
      await expect.poll(() => nomad.jobs.deployment(id), SOON).toBeDefined();
      const deployment = await nomad.jobs.deployment(id);
      expect(await nomad.deployments.ended(deployment!.ID, never())).toMatchObject({ Status: 'successful' });
    };
    const purge = (id: string): Promise<unknown> => nomad.jobs.stop(id, { purge: true });

    test('a job is parsed, planned, registered, found, stopped and forgotten', async () => {
      const job = await nomad.jobs.parse(hcl('whole'));
      expect(job).toMatchObject({ ID: 'whole', Type: 'service', TaskGroups: [{ Name: 'talk', Count: 1 }] });
      const plan = await nomad.jobs.plan(job);
      expect(plan).toMatchObject({ Diff: { Type: 'Added', ID: 'whole' }, JobModifyIndex: 0 });
      expect(plan.Annotations?.DesiredTGUpdates.talk).toMatchObject({ Place: 1 });
      const { EvalID } = await nomad.jobs.register(job, { modifyIndex: plan.JobModifyIndex });
      await expect.poll(async () => (await nomad.evaluations.read(EvalID!)).Status, SOON).toBe('complete');
      const [id] = await running('whole');
      expect(await nomad.allocations.read(id!)).toMatchObject({ JobID: 'whole', TaskGroup: 'talk' });
      expect((await nomad.evaluations.allocations(EvalID!)).map(({ ID }) => ID)).toEqual([id]);
      expect((await nomad.jobs.list({ prefix: 'who' })).map(({ ID }) => ID)).toEqual(['whole']);
      expect(await nomad.jobs.scaleStatus('whole')).toMatchObject({ TaskGroups: { talk: { Desired: 1, Running: 1 } } });
      await nomad.jobs.stop('whole');
      await expect.poll(async () => (await nomad.jobs.read('whole')).Status, SOON).toBe('dead');
      await purge('whole');
      await expect(nomad.jobs.read('whole')).rejects.toMatchObject({ code: 'TWIN_NOMAD_MISSING', status: 404 });
    });

    test('a job that is none is refused with its line', async () => {
      await expect(nomad.jobs.parse('job "broken" {\n  type = \n}')).rejects.toMatchObject({
        code: 'TWIN_NOMAD_INVALID',
        status: 400,
        endpoint: 'POST /v1/jobs/parse',
        retryable: false,
        message: expect.stringMatching(/:2/),
      });
    });

    test('what was planned for a job that changed since is not registered', async () => {
      const job = await run('planned');
      await expect(nomad.jobs.register(job, { modifyIndex: 0 })).rejects.toMatchObject({ retryable: false });
      await purge('planned');
    });

    test('scaling goes down to nothing and up again', async () => {
      await run('scaled');
      await running('scaled');
      await settled('scaled');
      await nomad.jobs.scale('scaled', 'talk', 0, { message: 'asleep' });
      await running('scaled', 0);
      await nomad.jobs.scale('scaled', 'talk', 1);
      await running('scaled');
      await purge('scaled');
    });

    test('scaling in the middle of a deployment says to wait', async () => {
      await run('deploying', { healthyAfter: '200s' });
      await expect.poll(async () => (await nomad.jobs.deployment('deploying'))?.Status, SOON).toBe('running');
      await expect(nomad.jobs.scale('deploying', 'talk', 2)).rejects.toMatchObject({
        code: 'TWIN_NOMAD_DEPLOYING',
        status: 400,
        retryable: true,
        next: expect.stringContaining('Wait'),
      });
      const [deployment] = (await nomad.deployments.list()).filter(({ JobID }) => JobID === 'deploying');
      const ended = nomad.deployments.ended(deployment!.ID, never());
      await nomad.deployments.fail(deployment!.ID);
      expect(await ended).toMatchObject({ Status: 'failed' });
      await purge('deploying');
    });

    test('an earlier version comes back', async () => {
      const job = await run('reverted');
      await running('reverted');
      await settled('reverted');
      await nomad.jobs.register({ ...job, Meta: { round: 'two' } });
      await expect.poll(async () => (await nomad.jobs.versions('reverted')).Versions.length, SOON).toBe(2);
      await nomad.jobs.revert('reverted', 0);
      expect(await nomad.jobs.read('reverted')).toMatchObject({ Version: 2, Meta: {} });
      await purge('reverted');
    });

    test('a parameterized job is dispatched once per token', async () => {
      await run('asked', { type: 'batch', more: 'parameterized {\n    payload = "optional"\n  }' });
      const once = { payload: 'hello', idempotencyToken: 'same' };
      const first = await nomad.jobs.dispatch('asked', once);
      const second = await nomad.jobs.dispatch('asked', once);
      expect(first.DispatchedJobID).toMatch(/^asked\/dispatch-/);
      expect(second.DispatchedJobID).toBe(first.DispatchedJobID);
      expect((await nomad.jobs.read(first.DispatchedJobID)).ID).toBe(first.DispatchedJobID);
      await purge(first.DispatchedJobID);
      await purge('asked');
    });

    test('a log is followed while its task runs, and has an end with it', async () => {
      await run('live');
      const [id] = await running('live');
      const stop = new AbortController();
      const bytes: Uint8Array[] = [];
      for await (const piece of nomad.logs.follow(id!, 'lines', { signal: stop.signal })) {
        bytes.push(piece);
        if (text(bytes).endsWith('line 5\n')) stop.abort();
      }
      expect(text(bytes)).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n');
      await purge('live');

      await run('over', { type: 'batch' });
      await expect.poll(async () => (await nomad.jobs.allocations('over')).length, SOON).toBe(1);
      const ID = (await nomad.jobs.allocations('over'))[0]!.ID;
      const signal = new AbortController().signal;
      // Begins before the task does.
      expect(await whole(nomad.logs.follow(ID, 'lines', { signal, stream: 'stderr' }))).toMatch(/^warning 1\n.*5\n$/s);
      expect(await whole(nomad.logs.follow(ID, 'lines', { signal, offset: 28 }))).toBe('line 5\n');
      expect(await whole(nomad.logs.follow(ID, 'lines', { signal, offset: -7 }))).toBe('line 5\n');
      await expect(whole(nomad.logs.follow(ID, 'none', { signal }))).rejects.toMatchObject({
        code: 'TWIN_NOMAD_MISSING',
        next: 'It has lines.',
      });
      await purge('over');
    });

    test('events say what happens, and go on behind an index', async () => {
      const stop = new AbortController();
      const types: string[] = [];
      let index = 0;
      let connected = 0;
      const reading = (async () => {
        for await (const batch of nomad.events({ topics: ['Job:heard'], signal: stop.signal })) {
          if (batch.connected) connected++;
          else index = batch.index;
          types.push(...batch.events.map(({ Type }) => Type));
        }
      })();
      await expect.poll(() => connected, SOON).toBe(1);
      await run('heard', { count: 0 });
      await expect.poll(() => types, SOON).toContain('JobRegistered');
      const behind = index;
      await purge('heard');
      await expect.poll(() => types, SOON).toContain('JobDeregistered');
      stop.abort();
      await reading;
      const later: string[] = [];
      for await (const { events } of nomad.events({ topics: ['Job:heard'], index: behind, signal: never() })) {
        for (const { Topic, Key, Type } of events) {
          expect([Topic, Key]).toEqual(['Job', 'heard']);
          later.push(Type);
        }
        if (later.includes('JobDeregistered')) break;
      }
      expect(later).not.toContain('JobRegistered');
    });

    test('a variable is written with cas only as it was read', async () => {
      expect(await nomad.variables.read('var/a')).toBeUndefined();
      const made = await nomad.variables.write('var/a', { key: 'one' }, { cas: 0 });
      expect(made).toMatchObject({ ok: true, variable: { Path: 'var/a', Items: { key: 'one' } } });
      const late = await nomad.variables.write('var/a', { key: 'other' }, { cas: 0 });
      expect(late).toMatchObject({ ok: false, current: { Items: { key: 'one' } } });
      const cas = late.ok ? -1 : late.current!.ModifyIndex;
      expect(await nomad.variables.write('var/a', { key: 'two' }, { cas })).toMatchObject({ ok: true });
      expect((await nomad.variables.read('var/a'))?.Items).toEqual({ key: 'two' });
      expect((await nomad.variables.list({ prefix: 'var/' })).map(({ Path }) => Path)).toEqual(['var/a']);
      expect(await nomad.variables.remove('var/a', { cas })).toBe(false);
      expect(await nomad.variables.remove('var/a')).toBe(true);
      expect(await nomad.variables.read('var/a')).toBeUndefined();
    });

    test('the lock of a variable keeps others from writing until it is released', async () => {
      const taken = await nomad.variables.lock('var/lock', { by: 'one' });
      const lockId = taken.ok ? taken.variable.Lock!.ID : '';
      expect(lockId).not.toBe('');
      expect(await nomad.variables.lock('var/lock', { by: 'two' })).toEqual({ ok: false, current: undefined });
      expect(await nomad.variables.write('var/lock', { by: 'two' })).toMatchObject({ ok: false });
      expect(await nomad.variables.write('var/lock', { by: 'one again' }, { lockId })).toMatchObject({ ok: true });
      expect(await nomad.variables.renew('var/lock', lockId)).toBe(true);
      expect(await nomad.variables.renew('var/lock', '00000000-0000-0000-0000-000000000000')).toBe(false);
      expect(await nomad.variables.release('var/lock', '00000000-0000-0000-0000-000000000000')).toBe(false);
      expect(await nomad.variables.release('var/lock', lockId)).toBe(true);
      expect(await nomad.variables.renew('var/lock', lockId)).toBe(false);
      expect((await nomad.variables.read('var/lock'))?.Items).toEqual({ by: 'one again' });
      expect(await nomad.variables.write('var/lock', { by: 'two' })).toMatchObject({ ok: true });
      await nomad.variables.remove('var/lock');
    });

    test('a node is read, closed to new work, drained and opened', async () => {
      const ID = (await nomad.nodes.list())[0]!.ID;
      expect(await nomad.nodes.read(ID)).toMatchObject({
        Status: 'ready',
        Attributes: { 'kernel.name': 'linux' },
        NodeResources: { Memory: { MemoryMB: expect.any(Number) } },
      });
      await nomad.nodes.eligibility(ID, false);
      expect(await nomad.nodes.read(ID)).toMatchObject({ SchedulingEligibility: 'ineligible' });
      await nomad.nodes.eligibility(ID, true);
      await run('drained');
      await running('drained');
      await nomad.nodes.drain(ID, { deadlineMs: 0 });
      await running('drained', 0);
      expect(await nomad.nodes.read(ID)).toMatchObject({ SchedulingEligibility: 'ineligible' });
      await nomad.nodes.undrain(ID);
      await running('drained');
      const here = (await nomad.nodes.allocations(ID)).find(({ JobID }) => JobID === 'drained');
      expect(here?.Job?.Type).toBe('service');
      await purge('drained');
    });

    test('namespaces are made, used and removed', async () => {
      await nomad.namespaces.write('ai-agents', { description: 'Workers' });
      expect((await nomad.namespaces.list()).map(({ Name }) => Name).sort()).toEqual(['ai-agents', 'default']);
      const there = new Nomad({ address: server.address, namespace: 'ai-agents' });
      await there.variables.write('var/there', { key: 'one' });
      expect(await nomad.variables.read('var/there')).toBeUndefined();
      expect(await nomad.variables.read('var/there', { namespace: 'ai-agents' })).toMatchObject({
        Namespace: 'ai-agents',
      });
      expect(await there.variables.remove('var/there')).toBe(true);
      await there.close();
      await nomad.namespaces.remove('ai-agents');
      await expect(nomad.namespaces.read('ai-agents')).rejects.toMatchObject({ code: 'TWIN_NOMAD_MISSING' });
    });

    test('what is not there says so', async () => {
      const none = '00000000-0000-0000-0000-000000000000';
      const signal = never();
      for (const ask of [
        () => nomad.allocations.read(none),
        () => nomad.evaluations.read(none),
        () => nomad.deployments.read(none),
        () => nomad.nodes.read(none),
        () => whole(nomad.logs.follow(none, 'lines', { signal })),
      ])
        await expect(ask()).rejects.toMatchObject({ code: 'TWIN_NOMAD_MISSING', status: 404, retryable: false });
    });
  });
}

const never = (): AbortSignal => new AbortController().signal;
const text = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString();

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return text(all);
}
