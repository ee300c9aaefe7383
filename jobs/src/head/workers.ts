import type { ConsulAgent, Instance } from '../consul-agent.js';
import { JobError } from '../job-error.js';

/**
 * The RPC workers to use: waits until `count` are in Consul, for at most `waitS` seconds, then goes on with those present.
 * @throws JobError `TWIN_EXPERT_BUILD` as soon as one of another build is seen
 */
export async function waitForWorkers(
  consul: Pick<ConsulAgent, 'instances'>,
  { service, count, waitS, buildId }: { service: string; count: number; waitS: number; buildId: string },
  signal: AbortSignal,
): Promise<Instance[]> {
  if (count === 0) return [];
  const end = performance.now() + waitS * 1000;
  let { instances, index } = await consul.instances(service, { signal });
  for (;;) {
    const present = instances.filter(({ passing }) => passing);
    refuseMixed(present, buildId);
    const leftS = Math.ceil((end - performance.now()) / 1000);
    if (present.length >= count || leftS <= 0) return chosen(present, count);
    // An index of 0 would not wait.
    ({ instances, index } = await consul.instances(service, { index: Math.max(1, index), waitS: leftS, signal }));
  }
}

/** The order decides which layers a worker holds; the same set must give the same order, or its cache of weights is useless. */
function chosen(present: readonly Instance[], count: number): Instance[] {
  const key = ({ node, address, port }: Instance): string => `${node} ${address} ${port}`;
  return [...present].sort((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, count);
}

/**
 * RPC has no agreement on formats between builds: a mixed set hangs, aborts or answers nonsense.
 * @throws JobError `TWIN_EXPERT_BUILD` that names each worker of another build
 */
export function refuseMixed(workers: readonly Instance[], buildId: string): void {
  const others = workers.filter(({ meta }) => meta.build !== buildId);
  if (others.length === 0) return;
  const list = others
    .map(({ node, port, meta }) => `${node} port ${port} has ${meta.build || 'no build id'}`)
    .join(', ');
  throw new JobError(
    'TWIN_EXPERT_BUILD',
    `RPC workers of another llama.cpp build than this head's ${buildId}: ${list}.`,
    'Bring the same build to all nodes of the expert (the workers stop and start with the job), then run it again.',
  );
}
