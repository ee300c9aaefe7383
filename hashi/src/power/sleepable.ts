import type { Job } from '../nomad/job.js';
import { PowerError } from './power-error.js';

/** Tag of a service, or meta of a job, that may be put to sleep. */
export const POWER_MANAGED = 'power-managed';
/** Services of experts begin with it. */
export const EXPERT_SERVICES = 'llama-api-';
/** They hold the cluster and the agent up. */
const NEVER = /^(pipecat-app|consul|nomad)([-_.].*)?$/i;

/** Whether a job or a service of this name never sleeps, whatever its tags say. */
export const neverSleeps = (name: string): boolean => NEVER.test(name);

/**
 * The service that a job serves: the tagged one, or that of an expert.
 * @throws PowerError `TWIN_POWER_NEVER`
 */
export function sleepable(job: Job): string {
  const services = job.TaskGroups.flatMap((group) => [group, ...group.Tasks].flatMap(servicesOf));
  const announced = job.TaskGroups.flatMap(({ Tasks }) => Tasks.map(({ Env }) => Env.TWIN_SERVICE ?? ''));
  const service =
    services.find(({ Tags }) => Tags.includes(POWER_MANAGED))?.Name ??
    announced.find((name) => name.startsWith(EXPERT_SERVICES)) ??
    services.find(({ Name }) => Name.startsWith(EXPERT_SERVICES))?.Name;
  const kinds = job.Type === 'service' || job.Type === undefined || job.Type === null;
  if (service !== undefined && kinds && !neverSleeps(job.ID) && !neverSleeps(service)) return service;
  throw new PowerError(
    'TWIN_POWER_NEVER',
    `The job ${job.ID} never sleeps: it is no expert and not ${POWER_MANAGED}.`,
    {
      next: `Tag its service ${POWER_MANAGED} if it may sleep.`,
    },
  );
}

/** Instances that each group wants, of the groups that want any. */
export const countsOf = (job: Job): Record<string, number> =>
  Object.fromEntries(job.TaskGroups.flatMap(({ Name, Count }) => ((Count ?? 0) > 0 ? [[Name, Count ?? 0]] : [])));

function servicesOf(holder: object): { Name: string; Tags: string[] }[] {
  const { Services } = holder as { Services?: { Name?: string; Tags?: string[] | null }[] | null };
  return (Services ?? []).map(({ Name = '', Tags }) => ({ Name, Tags: Tags ?? [] }));
}
