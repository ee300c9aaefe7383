import type { Job } from '@twin/hashi/nomad/job.js';
import type { Allocation } from './survey.js';

/** Newest first. */
export const newestFirst = (allocations: readonly Allocation[]): Allocation[] =>
  [...allocations].sort((a, b) => b.CreateIndex - a.CreateIndex);

/** Nomad wants it to run, and it does or is about to. */
export const isLive = ({ DesiredStatus, ClientStatus }: Allocation): boolean =>
  DesiredStatus === 'run' && (ClientStatus === 'running' || ClientStatus === 'pending');

/** All its tasks run; a task that waits for its next start does not. */
export const isRunning = (allocation: Allocation): boolean =>
  isLive(allocation) &&
  allocation.ClientStatus === 'running' &&
  Object.values(allocation.TaskStates).every(({ State }) => State === 'running' || State === 'dead');

/** What Nomad said last of the tasks of an allocation. */
export function lastWords(allocation: Allocation | undefined): string {
  const events = Object.values(allocation?.TaskStates ?? {}).flatMap(({ Events }) => Events);
  const newest = events.reduce<(typeof events)[number] | undefined>(
    (last, event) => ((event.Time ?? 0) >= (last?.Time ?? 0) ? event : last),
    undefined,
  );
  return newest?.DisplayMessage || allocation?.ClientDescription || '';
}

/** How many instances of a group are wanted; system jobs have one on each node that fits. */
export function wantedOf(job: Job, group: string, allocations: readonly Allocation[]): number {
  if (job.Stop) return 0;
  if (job.Type === 'system' || job.Type === 'sysbatch')
    return allocations.filter((one) => one.TaskGroup === group && one.DesiredStatus === 'run').length;
  return job.TaskGroups.find(({ Name }) => Name === group)?.Count ?? 0;
}

/** Jobs that are done when their tasks have ended. */
export const isBatch = (job: Job): boolean => job.Type === 'batch' || job.Type === 'sysbatch';
