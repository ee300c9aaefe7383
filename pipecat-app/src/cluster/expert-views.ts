import type { Job } from '@twin/hashi/nomad/job.js';
import type { Expert, Instance } from '../experts/expert.js';
import { EXPERT_PREFIX } from '../experts/service-table.js';
import type { ExpertView, JobView } from '../server/cluster-protocol.js';
import { jobView } from './job-views.js';
import type { Snapshot } from './survey.js';
import { isRunning, newestFirst } from './tasks.js';

/** What is known of one server of an expert beyond Consul; `slots` null when it does not say. */
export type Measured = { slots: ExpertView['slots']; tokensPerSecond: number | null };
/** The model inside of the agent, or behind `LLM_BASE_URL`. */
export type OwnModel = { name: string; ok: boolean; detail: string; tokensPerSecond: number | null };

export type ExpertSources = Pick<Snapshot, 'jobs' | 'allocations' | 'nodes'> & {
  experts: readonly Expert[];
  measured: ReadonlyMap<string, Measured>;
  own: OwnModel | undefined;
  /** False while Consul does not answer, and the experts are those that were known last. */
  current: boolean;
};

/** Every expert that is known to Consul, to Nomad or by a setting, by name; the agent's own model is the last. */
export function expertViews(sources: ExpertSources): ExpertView[] {
  const jobs = expertJobs(sources.jobs);
  const known = new Map(sources.experts.map((expert) => [expert.name, expert]));
  const names = [...new Set([...known.keys(), ...jobs.keys()])].sort();
  const views = names.map((name) => viewOf(name, known.get(name), jobs.get(name), sources));
  return sources.own ? [...views, ownView(sources.own)] : views;
}

/** Jobs that have the head of an expert, by the expert's name. */
function expertJobs(jobs: readonly Job[]): Map<string, Job> {
  const found = new Map<string, Job>();
  for (const job of jobs) {
    for (const { Env } of job.TaskGroups.flatMap(({ Tasks }) => Tasks)) {
      const service = Env.TWIN_SERVICE ?? '';
      const name = service.startsWith(EXPERT_PREFIX) ? service.slice(EXPERT_PREFIX.length) : '';
      // A stopped job that is not forgotten yet must not hide the one that took its place.
      if (name !== '' && (!found.has(name) || !job.Stop)) found.set(name, job);
    }
  }
  return found;
}

function viewOf(
  name: string,
  expert: Expert | undefined,
  job: Job | undefined,
  { allocations, nodes, measured, current }: ExpertSources,
): ExpertView {
  const one = best(expert?.instances ?? []);
  const its = job && newestFirst(allocations.filter(({ JobID }) => JobID === job.ID));
  const runs = its?.find(isRunning);
  const { slots = null, tokensPerSecond = null } = (one && measured.get(one.id)) ?? {};
  const { state, words } = stateOf(expert, one, job && jobView(job, its ?? []), runs !== undefined);
  const nodeOfJob = runs && (runs.NodeName ?? nodes.find(({ ID }) => ID === runs.NodeID)?.Name);
  return {
    state,
    words: current ? words : `${words} Consul does not answer: this is what was known last.`,
    name,
    ok: state === 'awake' || state === 'degraded',
    model: one?.model ?? '',
    node: one?.node ?? nodeOfJob ?? '',
    context: one?.context ?? 0,
    slots,
    tokens_per_second: tokensPerSecond,
    job: job?.ID ?? '',
    place: one?.external ? 'outside' : 'cluster',
  };
}

/** The instance that shows: a healthy one with its first choice of model before others. */
function best(instances: readonly Instance[]): Instance | undefined {
  const rank = (one: Instance): number => Number(one.healthy) * 2 + Number(!one.degraded);
  return [...instances].sort((a, b) => rank(b) - rank(a))[0];
}

function stateOf(
  expert: Expert | undefined,
  one: Instance | undefined,
  job: JobView | undefined,
  runs: boolean,
): Pick<ExpertView, 'state' | 'words'> {
  if (one?.healthy) {
    if (one.degraded) {
      return { state: 'degraded', words: `It answers with ${one.model}, because its first choice does not work.` };
    }
    const ill = (expert?.instances ?? []).filter(({ healthy }) => !healthy).length;
    if (ill > 0) return { state: 'degraded', words: `It answers, but ${ill} of its servers do not.` };
    if (job?.state === 'degraded') return { state: 'degraded', words: `It answers. ${job.words}` };
    return { state: 'awake', words: 'It answers.' };
  }
  if (job?.state === 'asleep' || (expert?.state === 'asleep' && !job)) {
    return { state: 'asleep', words: job ? `${job.words} Scale it to 1 to wake it.` : 'It sleeps until it is asked.' };
  }
  if (expert?.state === 'asleep') return { state: 'asleep', words: 'It sleeps until it is asked.' };
  if (job === undefined) {
    const next = one?.external ? `Check ${one.endpoint.settings.address}.` : 'Its job is gone too.';
    return { state: 'lost', words: `It does not answer. ${next}` };
  }
  if (runs && one === undefined) return { state: 'loading', words: 'It loads its model; its log tells how far it is.' };
  if (runs) return { state: 'lost', words: 'It runs, but its check fails. Its log may say why.' };
  return { state: job.state === 'lost' ? 'lost' : 'loading', words: job.words };
}

const ownView = ({ name, ok, detail, tokensPerSecond }: OwnModel): ExpertView => ({
  state: ok ? 'awake' : 'lost',
  words: ok ? 'It answers when no expert can.' : detail,
  name,
  ok,
  model: name,
  node: 'this agent',
  context: 0,
  slots: null,
  tokens_per_second: tokensPerSecond,
  job: '',
  place: 'own',
});
