import type { Servers } from './servers.js';
import { until } from './until.js';

type Allocation = {
  ID: string;
  EvalID: string;
  CreateIndex: number;
  ClientStatus: string;
  TaskStates: Record<string, { State: string; Events: { Type: string; ExitCode: number }[] }> | null;
};

/** Allocations of a job, the newest first. */
export async function allocationsOf(servers: Pick<Servers, 'nomad'>, job: string): Promise<Allocation[]> {
  const answer = await fetch(`${servers.nomad}/v1/job/${job}/allocations?all=true`);
  if (!answer.ok) return [];
  return ((await answer.json()) as Allocation[]).sort((a, b) => b.CreateIndex - a.CreateIndex);
}

/** What a task has written so far to standard output, or to standard error. */
export async function taskLog(
  servers: Pick<Servers, 'nomad'>,
  allocation: string,
  task: string,
  stream: 'stdout' | 'stderr' = 'stdout',
): Promise<string> {
  const query = `task=${task}&type=${stream}&plain=true&origin=start`;
  const answer = await fetch(`${servers.nomad}/v1/client/fs/logs/${allocation}?${query}`);
  return answer.ok ? answer.text() : '';
}

/** Waits for the end of the task that an evaluation of a batch job placed: its exit code and everything it wrote. */
export async function outcomeOf(
  servers: Pick<Servers, 'nomad'>,
  { job, task, evaluation }: { job: string; task: string; evaluation: string },
  patienceMs = 60_000,
): Promise<{ exitCode: number; output: string }> {
  const { id, exitCode } = await until(
    `The end of ${job}`,
    async () => {
      const placed = (await allocationsOf(servers, job)).find(({ EvalID }) => EvalID === evaluation);
      const state = placed?.TaskStates?.[task];
      const end = state?.Events.findLast(({ Type }) => Type === 'Terminated');
      return placed && state?.State === 'dead' && end ? { id: placed.ID, exitCode: end.ExitCode } : undefined;
    },
    { patienceMs },
  );
  const output = `${await taskLog(servers, id, task)}${await taskLog(servers, id, task, 'stderr')}`;
  return { exitCode, output };
}
