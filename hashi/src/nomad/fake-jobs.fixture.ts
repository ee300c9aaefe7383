import { randomUUID } from 'node:crypto';
import type { Seen } from '../loopback.fixture.js';
import { type Answer, missing } from './fake-answer.fixture.js';
import type { FakeEvents } from './fake-events.fixture.js';

type Spec = {
  ID: string;
  Type: string;
  Meta: object;
  TaskGroups: [{ Name: string; Count: number }];
  Parameterized: boolean;
};
type Stored = { versions: Spec[]; index: number; stopped: boolean; evaluation: string; deployment: Deployment };
type Deployment = { ID: string; JobID: string; slow: boolean; failed: boolean };
type Allocation = { ID: string; JobID: string; evaluation: string; batch: boolean; looks: number; stopped: boolean };

/** Jobs of a scripted Nomad with one node: an allocation is pending at the first look, runs at the second. */
export class FakeJobs {
  eligible = true;
  draining = false;
  readonly #jobs = new Map<string, Stored>();
  readonly #dispatched = new Map<string, string>();
  #allocations: Allocation[] = [];
  #index = 10;

  constructor(readonly events: FakeEvents) {}

  list({ query }: Seen): Answer {
    const ids = [...this.#jobs.keys()].filter((id) => id.startsWith(query.get('prefix') ?? ''));
    return { value: ids.map((id) => this.#read(id)) };
  }

  register({
    Job,
    EnforceIndex,
    JobModifyIndex,
  }: {
    Job: Spec;
    EnforceIndex?: boolean;
    JobModifyIndex?: number;
  }): Answer {
    const present = this.#jobs.get(Job.ID);
    if (EnforceIndex && JobModifyIndex !== (present?.index ?? 0))
      return { status: 500, text: 'Enforcing job modify index 0: job exists with conflicting job modify index' };
    return this.#store(Job.ID, [...(present?.versions ?? []), Job]);
  }

  one(id: string, verb: string, { method, body, query }: Seen): Answer {
    const job = this.#jobs.get(id);
    if (verb === 'plan') return { value: plan((body as { Job: Spec }).Job, job) };
    if (job === undefined) return missing('job');
    if (method === 'DELETE') return this.#stop(id, job, query.get('purge') === 'true');
    if (method === 'GET') return { value: this.#part(id, job, verb) };
    if (verb === 'scale') return this.#scale(id, job, (body as { Count: number }).Count);
    if (verb === 'dispatch') return this.#dispatch(job, query.get('idempotency_token') ?? randomUUID());
    const version = (body as { JobVersion: number }).JobVersion;
    return this.#store(id, [...job.versions, job.versions[version] as Spec]);
  }

  evaluation(id: string): Answer {
    const [JobID] = [...this.#jobs].find(([, { evaluation }]) => evaluation === id) ?? [];
    if (JobID === undefined) return missing('eval');
    return { value: { ID: id, Type: 'service', TriggeredBy: 'job-register', JobID, Status: 'complete' } };
  }

  allocations(wanted: (one: { ID: string; JobID: string; evaluation: string }) => boolean): object[] {
    this.#reconcile();
    return this.#allocations.filter(wanted).map(shown);
  }

  /** As a node lists them: with their jobs. */
  ofNode(): object[] {
    this.#reconcile();
    return this.#allocations.map((one) => {
      const job = this.#jobs.get(one.JobID);
      return { ...shown(one), ...(job && { Job: newest(job) }) };
    });
  }

  deployments(): object[] {
    return [...this.#jobs.values()].map(({ deployment }) => this.#deployment(deployment));
  }

  fail(id: string): Answer {
    for (const { deployment } of this.#jobs.values()) if (deployment.ID === id) deployment.failed = true;
    return { value: {} };
  }

  #store(id: string, versions: Spec[]): Answer {
    const index = ++this.#index;
    const slow = JSON.stringify(versions.at(-1)).includes('200s');
    const deployment = { ID: randomUUID(), JobID: id, slow, failed: false };
    this.#jobs.set(id, { versions, index, stopped: false, evaluation: randomUUID(), deployment });
    this.events.add('JobRegistered', id, index);
    this.#reconcile();
    return { value: { EvalID: this.#jobs.get(id)?.evaluation, JobModifyIndex: index } };
  }

  #stop(id: string, job: Stored, purge: boolean): Answer {
    job.stopped = true;
    this.#reconcile();
    if (purge) {
      this.#jobs.delete(id);
      this.events.add('JobDeregistered', id, ++this.#index);
    }
    return { value: { EvalID: '' } };
  }

  #scale(id: string, job: Stored, count: number): Answer {
    if (this.#deployment(job.deployment).Status === 'running')
      return { status: 400, text: 'job scaling blocked due to active deployment' };
    const [group] = newest(job).TaskGroups;
    job.versions[job.versions.length - 1] = { ...newest(job), TaskGroups: [{ ...group, Count: count }] };
    this.#reconcile();
    return { value: { EvalID: job.evaluation, JobModifyIndex: this.#jobs.get(id)?.index } };
  }

  #dispatch(job: Stored, token: string): Answer {
    const parent = newest(job);
    const id = this.#dispatched.get(token) ?? `${parent.ID}/dispatch-${randomUUID()}`;
    this.#dispatched.set(token, id);
    this.#store(id, [{ ...parent, ID: id, Parameterized: false }]);
    return { value: { DispatchedJobID: id, EvalID: this.#jobs.get(id)?.evaluation } };
  }

  #part(id: string, job: Stored, verb: string): unknown {
    if (verb === 'allocations') return this.allocations(({ JobID }) => JobID === id);
    if (verb === 'evaluations') return [this.evaluation(job.evaluation).value];
    if (verb === 'deployment') return this.#deployment(job.deployment);
    if (verb === 'versions')
      return { Versions: job.versions.map((spec, Version) => ({ ...spec, Version })).reverse(), Diffs: null };
    if (verb !== 'scale') return this.#read(id);
    const Desired = newest(job).TaskGroups[0].Count;
    return {
      JobStopped: job.stopped,
      TaskGroups: { talk: { Desired, Placed: Desired, Running: Desired, Healthy: 0 } },
    };
  }

  #read(id: string): object {
    const job = this.#jobs.get(id) as Stored;
    const Version = job.versions.length - 1;
    const Status = job.stopped ? 'dead' : 'running';
    const Stop = job.stopped;
    return { ...newest(job), Name: id, Namespace: 'default', Version, Status, Stop, JobModifyIndex: job.index };
  }

  #deployment({ ID, JobID, slow, failed }: Deployment): { Status: string } {
    const Status = failed ? 'failed' : slow ? 'running' : 'successful';
    return { ID, JobID, JobVersion: 0, Status, StatusDescription: '', TaskGroups: {} } as { Status: string };
  }

  /** Starts and stops what the jobs and the node want. */
  #reconcile(): void {
    for (const allocation of this.#allocations) {
      const job = this.#jobs.get(allocation.JobID);
      if (job === undefined || job.stopped || this.draining) allocation.stopped = true;
    }
    for (const [JobID, job] of this.#jobs) {
      const { Type, Parameterized, TaskGroups } = newest(job);
      const live = this.#allocations.filter((one) => one.JobID === JobID && !one.stopped);
      const wanted = job.stopped || Parameterized ? 0 : TaskGroups[0].Count;
      for (const surplus of live.slice(wanted)) surplus.stopped = true;
      if (!this.eligible || live.length >= wanted) continue;
      const { evaluation } = job;
      const batch = Type === 'batch';
      this.#allocations.push({ ID: randomUUID(), JobID, evaluation, batch, looks: 0, stopped: false });
    }
  }
}

const newest = (job: Stored): Spec => job.versions.at(-1) as Spec;

function shown(allocation: Allocation): object {
  const { ID, JobID, batch, stopped } = allocation;
  const looks = allocation.looks++;
  const dead = stopped || (batch && looks > 1);
  const ClientStatus = dead ? 'complete' : looks === 0 ? 'pending' : 'running';
  const state = { State: dead ? 'dead' : 'running', StartedAt: '2026-01-01T00:00:00Z', Events: null };
  const TaskStates = looks === 0 ? null : { lines: state };
  const fixed = { Name: `${JobID}.talk[0]`, NodeID: 'node-1', TaskGroup: 'talk', CreateIndex: 1, ModifyIndex: 1 };
  return { ID, JobID, ...fixed, DesiredStatus: stopped ? 'stop' : 'run', ClientStatus, TaskStates };
}

function plan({ ID, TaskGroups, Stop }: Spec & { Stop?: boolean }, present: Stored | undefined): object {
  const none = { Ignore: 0, Migrate: 0, Stop: 0, InPlaceUpdate: 0, DestructiveUpdate: 0, Canary: 0 };
  const old = present && !present.stopped ? newest(present).TaskGroups[0].Count : 0;
  const count = Stop ? 0 : TaskGroups[0].Count;
  const change = { Type: 'Edited', Name: 'Count', Old: String(old), New: String(count) };
  const group = { Type: 'Edited', Name: 'talk', Fields: [change], Objects: null, Tasks: null };
  const TGs = present && old !== count ? [group] : null;
  const Type = present === undefined ? 'Added' : TGs ? 'Edited' : 'None';
  const updates = { ...none, Place: Math.max(0, count - old), Stop: Math.max(0, old - count) };
  return {
    JobModifyIndex: present?.index ?? 0,
    Diff: { Type, ID, Fields: null, Objects: null, TaskGroups: TGs },
    Annotations: { DesiredTGUpdates: { talk: updates } },
    FailedTGAllocs: null,
  };
}
