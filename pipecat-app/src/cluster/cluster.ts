import type { Job } from '@twin/hashi/nomad/job.js';
import type { Nomad } from '@twin/hashi/nomad.js';
import { type TwinError, toPublicError } from '../errors.js';
import type { Clock } from '../experts/clock.js';
import type {
  ExpertView,
  JobTemplate,
  JobView,
  NodeView,
  PlanAnswer,
  PlanRequest,
} from '../server/cluster-protocol.js';
import { type ExpertSources, expertViews } from './expert-views.js';
import { GET_ONE, jobChanged, noNomad, shown, told } from './failure.js';
import { followLog, type LogEvent, type LogRequest } from './follow-log.js';
import { Fresh } from './fresh.js';
import { jobViews } from './job-views.js';
import { nodeViews } from './node-views.js';
import { diffLines, effectsOf, hasChanges, warningsOf } from './plan-view.js';
import { Plans } from './plans.js';
import { NOTHING, type Snapshot, Survey } from './survey.js';
import { adminOnly, literal, type Templates, type Variables } from './templates.js';

export type ClusterParts = {
  /** Left out where there is none. */
  nomad?: Nomad | undefined;
  templates?: Templates;
  /** What the agent knows of experts. */
  experts: () => Promise<Omit<ExpertSources, keyof Snapshot>>;
  /** The machine of the agent: the only node without a cluster. */
  here: () => NodeView;
  clock: Clock;
};

export type NomadLink = 'ok' | 'off' | 'failed';
/** Where a view comes from; `words` says what is missing, and what to do. */
export type Source = { nomad: NomadLink; words: string };
type Changing = { modifyIndex: number | undefined };

/** A snapshot is new enough for everybody who looks within this time, in ms. */
const FRESH_MS = 1_000;

/** The cluster as people see it and change it. What changes it throws TwinError `TWIN_NOMAD_…`, `TWIN_JOB_…`. */
export class Cluster {
  readonly #parts: ClusterParts;
  readonly #plans: Plans;
  readonly #survey: Fresh<Snapshot> | undefined;
  #link: NomadLink;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    const now = (): number => parts.clock.now();
    this.#plans = new Plans(now);
    const survey = parts.nomad && new Survey(parts.nomad);
    this.#survey = survey && new Fresh(() => survey.take(), FRESH_MS, now);
    this.#link = survey ? 'failed' : 'off';
  }

  /** Whether Nomad answered when it was asked last. */
  link(): NomadLink {
    return this.#link;
  }

  async nodes(): Promise<Source & { nodes: NodeView[] }> {
    const { snapshot, ...source } = await this.#look();
    return { ...source, nodes: snapshot ? nodeViews(snapshot) : [this.#parts.here()] };
  }

  async jobs(): Promise<Source & { jobs: JobView[] }> {
    const { snapshot, ...source } = await this.#look();
    return { ...source, jobs: snapshot ? jobViews(snapshot) : [] };
  }

  async experts(): Promise<Source & { experts: ExpertView[] }> {
    const [{ snapshot, ...source }, known] = await Promise.all([this.#look(), this.#parts.experts()]);
    return { ...source, experts: expertViews({ ...(snapshot ?? NOTHING), ...known }) };
  }

  templates(): JobTemplate[] {
    return this.#parts.templates?.list() ?? [];
  }

  /** What a change would do. `admin`: who asks is one. */
  plan(request: PlanRequest, { admin }: { admin: boolean }): Promise<PlanAnswer> {
    return told(async () => {
      const nomad = this.#nomad();
      const job = await this.#wanted(nomad, request, admin);
      const plan = await nomad.jobs.plan(job);
      const runs = 'template' in request || 'hcl' in request;
      return {
        plan: runs ? this.#plans.keep(job, plan.JobModifyIndex) : '',
        job: job.ID,
        modify_index: plan.JobModifyIndex,
        changes: hasChanges(plan),
        diff: diffLines(plan),
        effects: effectsOf(plan),
        warnings: warningsOf(plan),
      };
    });
  }

  /** Runs what was planned, while the job is as it was then. */
  run(plan: string, modifyIndex: number): Promise<{ job: string }> {
    return told(async () => {
      const nomad = this.#nomad();
      const job = this.#plans.take(plan, modifyIndex);
      await nomad.jobs.register(job, { modifyIndex });
      this.#survey?.forget();
      return { job: job.ID };
    });
  }

  scale(id: string, group: string, count: number, { modifyIndex }: Changing): Promise<{ job: string }> {
    return this.#change(id, modifyIndex, (nomad) => nomad.jobs.scale(id, group, count, { message: 'Mission Control' }));
  }

  stop(id: string, { modifyIndex }: Changing): Promise<{ job: string }> {
    return this.#change(id, modifyIndex, (nomad) => nomad.jobs.stop(id));
  }

  async *log(request: LogRequest, signal: AbortSignal): AsyncGenerator<LogEvent, void> {
    const nomad = this.#nomad();
    try {
      yield* followLog(nomad, this.#parts.clock, request, signal);
    } catch (error) {
      if (!signal.aborted) throw shown(error);
    }
  }

  async close(): Promise<void> {
    await this.#parts.nomad?.close();
  }

  #change(id: string, index: number | undefined, change: (nomad: Nomad) => Promise<unknown>): Promise<{ job: string }> {
    return told(async () => {
      const nomad = this.#nomad();
      const { JobModifyIndex } = await nomad.jobs.read(id);
      if (index !== undefined && JobModifyIndex !== index) throw jobChanged(id);
      await change(nomad);
      this.#survey?.forget();
      return { job: id };
    });
  }

  /** The job as it would be after the change. */
  async #wanted(nomad: Nomad, request: PlanRequest, admin: boolean): Promise<Job> {
    if ('template' in request) {
      const { hcl, variables } = this.#templates().fill(request.template, request.variables, { admin });
      return nomad.jobs.parse(hcl, { variables });
    }
    if ('hcl' in request) {
      if (!admin) throw adminOnly('A job of your own');
      return nomad.jobs.parse(request.hcl, { variables: plainVariables(request.variables) });
    }
    const job = await nomad.jobs.read(request.job);
    if ('stop' in request) return { ...job, Stop: true };
    const TaskGroups = job.TaskGroups.map((group) =>
      group.Name === request.group ? { ...group, Count: request.count } : group,
    );
    return { ...job, TaskGroups };
  }

  #nomad(): Nomad {
    if (this.#parts.nomad === undefined) throw noNomad();
    return this.#parts.nomad;
  }

  #templates(): Templates {
    if (this.#parts.templates === undefined) throw noNomad();
    return this.#parts.templates;
  }

  async #look(): Promise<Source & { snapshot?: Snapshot }> {
    if (this.#survey === undefined) return { nomad: 'off', words: `There is no cluster yet. ${GET_ONE}` };
    try {
      const snapshot = await this.#survey.get();
      this.#link = 'ok';
      return { nomad: 'ok', words: '', snapshot };
    } catch (error) {
      this.#link = 'failed';
      const { message, next } = toPublicError(shown(error) as TwinError);
      return { nomad: 'failed', words: `${message} ${next}`.trim() };
    }
  }
}

const plainVariables = (variables: Variables): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name} = ${literal(JSON.stringify(value))}`)
    .join('\n');
