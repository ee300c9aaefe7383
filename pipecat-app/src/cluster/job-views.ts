import type { Job } from '@twin/hashi/nomad/job.js';
import type { JobView } from '../server/cluster-protocol.js';
import type { Allocation, Snapshot } from './survey.js';
import { isBatch, isLive, isRunning, lastWords, newestFirst, wantedOf } from './tasks.js';

/** The jobs of the cluster, by id. */
export function jobViews({ jobs, allocations }: Pick<Snapshot, 'jobs' | 'allocations'>): JobView[] {
  return jobs
    .map((job) =>
      jobView(
        job,
        allocations.filter(({ JobID }) => JobID === job.ID),
      ),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @param its the job's own allocations, old ones too */
export function jobView(job: Job, its: readonly Allocation[]): JobView {
  const groups = job.TaskGroups.map(({ Name: name }) => ({
    name,
    wanted: wantedOf(job, name, its),
    running: its.filter((one) => one.TaskGroup === name && isRunning(one)).length,
    scalable: job.Type === 'service' || job.Type === 'batch',
  }));
  return {
    ...stateOf(job, groups, newestFirst(its)),
    id: job.ID,
    type: job.Type ?? 'service',
    modify_index: job.JobModifyIndex ?? 0,
    groups,
  };
}

function stateOf(
  job: Job,
  groups: JobView['groups'],
  [newest, ...older]: readonly Allocation[],
): Pick<JobView, 'state' | 'words'> {
  const wanted = groups.reduce((sum, group) => sum + group.wanted, 0);
  const running = groups.reduce((sum, group) => sum + group.running, 0);
  if (job.Stop) return { state: 'asleep', words: 'It was stopped.' };
  if (isBatch(job) && job.Status === 'dead') {
    const failed = newest?.ClientStatus === 'failed';
    return failed
      ? { state: 'lost', words: sentence('Its last run failed.', lastWords(newest)) }
      : { state: 'asleep', words: 'It has run to its end.' };
  }
  if (wanted === 0) return { state: 'asleep', words: 'It is scaled to none.' };
  if (groups.every((group) => group.running >= group.wanted)) {
    return { state: 'awake', words: wanted === 1 ? 'It runs.' : `All ${wanted} run.` };
  }
  if (running > 0) {
    const short = groups.filter((group) => group.running < group.wanted);
    const list = short.map((group) => `${group.running} of ${group.wanted} of ${group.name}`).join(', ');
    return { state: 'degraded', words: sentence(`Only ${list} run.`, lastWords(newest)) };
  }
  if (newest === undefined) return { state: 'loading', words: 'It waits for a node that can take it.' };
  const live = [newest, ...older].find(isLive);
  if (live && !hasFailed(live)) return { state: 'loading', words: sentence('It is being started.', lastWords(live)) };
  return { state: 'lost', words: sentence('Nothing of it runs.', lastWords(live ?? newest)) };
}

/** Its task has ended badly at least once and is not up again. */
const hasFailed = ({ TaskStates }: Allocation): boolean =>
  Object.values(TaskStates).some(
    ({ State, Restarts, Failed }) => Failed || (State === 'pending' && (Restarts ?? 0) > 0),
  );

const sentence = (first: string, second: string): string => (second === '' ? first : `${first} ${second}`);
