/** One request for the ear. Ids are unique and say the order of arrival. */
export type Job = { readonly id: number; readonly kind: 'partial' | 'final' };

/** What runs and what waits; at most one job runs, and only finals wait, oldest first. */
export type Queue = { readonly running: Job | undefined; readonly waiting: readonly Job[] };

export type Step = {
  queue: Queue;
  /** Begin this job now. */
  start?: Job;
  /** Stop the running job; it stays `running` until `leave` says that it has ended. */
  abort?: Job;
  /** Answer this job with "busy". */
  refuse?: Job;
};

export const EMPTY: Queue = { running: undefined, waiting: [] };

/** A new job: a final ends a running partial and waits its turn; a partial never waits. */
export function enter(queue: Queue, job: Job): Step {
  if (queue.running === undefined) return { queue: { ...queue, running: job }, start: job };
  if (job.kind === 'partial') return { queue, refuse: job };
  const next = { ...queue, waiting: [...queue.waiting, job] };
  return queue.running.kind === 'partial' ? { queue: next, abort: queue.running } : { queue: next };
}

/** A job has ended or is no longer wanted before it began. */
export function leave(queue: Queue, id: number): Step {
  if (queue.running?.id !== id) return { queue: { ...queue, waiting: queue.waiting.filter((job) => job.id !== id) } };
  const [first, ...waiting] = queue.waiting;
  const next = { running: first, waiting };
  return first === undefined ? { queue: next } : { queue: next, start: first };
}
