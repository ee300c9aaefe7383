import { until } from './until.js';

type JobStub = { ID: string; Namespace: string };
type AllocStub = { ClientStatus: string };

/** Stops every job of every namespace, waits until no task of them runs, and purges them. */
export async function stopAllJobs(nomad: string, patienceMs = 30_000): Promise<void> {
  const jobs = await get<JobStub[]>(`${nomad}/v1/jobs?namespace=*`);
  const end = (purge: boolean): Promise<unknown> => Promise.all(jobs.map((job) => deregister(nomad, job, purge)));
  await end(false);
  // A purged job takes its allocations out of the list at once, while their tasks still run: so not before.
  await until(
    'The end of all tasks',
    async () => {
      const allocations = await get<AllocStub[]>(`${nomad}/v1/allocations?namespace=*`);
      return allocations.every(({ ClientStatus }) => ClientStatus !== 'running' && ClientStatus !== 'pending');
    },
    { patienceMs },
  );
  await end(true);
}

async function deregister(nomad: string, { ID, Namespace }: JobStub, purge: boolean): Promise<void> {
  const query = `purge=${purge}&namespace=${encodeURIComponent(Namespace)}`;
  await fetch(`${nomad}/v1/job/${encodeURIComponent(ID)}?${query}`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(10_000),
  });
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return (await answer.json()) as T;
}
