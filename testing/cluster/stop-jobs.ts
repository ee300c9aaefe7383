import { until } from './until.js';

type JobStub = { ID: string; Namespace: string };
type AllocStub = { ClientStatus: string };

/** Stops and purges every job of every namespace, and waits until no task of them runs. */
export async function stopAllJobs(nomad: string, patienceMs = 30_000): Promise<void> {
  const jobs = await get<JobStub[]>(`${nomad}/v1/jobs?namespace=*`);
  await Promise.all(
    jobs.map(async ({ ID, Namespace }) => {
      const url = `${nomad}/v1/job/${encodeURIComponent(ID)}?purge=true&namespace=${encodeURIComponent(Namespace)}`;
      await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(10_000) });
    }),
  );
  await until(
    'The end of all tasks',
    async () => {
      const allocations = await get<AllocStub[]>(`${nomad}/v1/allocations?namespace=*`);
      return allocations.every(({ ClientStatus }) => ClientStatus !== 'running' && ClientStatus !== 'pending');
    },
    { patienceMs },
  );
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return (await answer.json()) as T;
}
