import type { Nomad } from '@twin/hashi/nomad.js';
import { z } from 'zod';
import { noNomad, told } from '../cluster/failure.js';
import { refused, said, shortened } from './say.js';
import type { Tool } from './tool.js';

/** Nomad takes 16 KiB of payload. */
const MOST_BYTES = 16 * 1024;
const LEAST_PRIORITY = 80;

const jobId = z
  .string()
  .trim()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/, 'is no id of a job');
const dispatchArgs = z.strictObject({
  job: jobId,
  payload: z
    .string()
    .default('')
    .refine((text) => Buffer.byteLength(text) <= MOST_BYTES, `is more than ${MOST_BYTES} bytes`),
  priority: z.number().int().min(LEAST_PRIORITY).max(100).default(LEAST_PRIORITY),
});
const statusArgs = z.strictObject({ id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,200}$/, 'is no id of a job') });

/** Starts parameterized batch jobs of the cluster and says how they do. Left out `nomad`: there is no cluster. */
export const orchestratorTool = (nomad: Nomad | undefined): Tool => {
  const needed = (): Nomad => {
    if (nomad === undefined) throw noNomad();
    return nomad;
  };
  return {
    name: 'orchestrator',
    description: 'Batch jobs of the cluster.',
    unavailable: () =>
      nomad === undefined ? 'There is no cluster. Set NOMAD_ADDR, or start one with npm run cluster.' : undefined,
    methods: {
      dispatch: {
        description: `Starts an instance of a parameterized batch job whose priority is at least ${LEAST_PRIORITY}.`,
        args: dispatchArgs,
        risk: 'sensitive',
        timeoutMs: 30_000,
        examples: [
          'dispatch the {job:transcription} job',
          'start the batch job {job:report}',
          'run the {job:archive} job on the cluster',
          'start {job:report} as a batch job',
          'start the job {job:report} on the cluster',
          'dispatch {job:report}',
          'run the batch job {job:report}',
        ],
        effect: ({ job, payload }: z.infer<typeof dispatchArgs>) =>
          `Starts the batch job ${job} on the cluster with ${payload === '' ? 'no payload' : `the payload: ${payload}`}`,
        run: ({ job, payload, priority }: z.infer<typeof dispatchArgs>, { signal }) =>
          told(async () => {
            const { jobs } = needed();
            const { ParameterizedJob, Type, Priority } = (await jobs.read(job, { signal })) as Parameterized;
            if (!ParameterizedJob || Type !== 'batch')
              return refused('TWIN_JOB_KIND', `${job} is no parameterized batch job, so it cannot be dispatched.`);
            if ((Priority ?? 50) < priority)
              return refused(
                'TWIN_JOB_PRIORITY',
                `${job} has priority ${Priority ?? 50}; what is dispatched from here needs at least ${priority}. Raise it in the job file.`,
              );
            const { DispatchedJobID } = await jobs.dispatch(job, { payload, signal });
            return said(`Started as ${DispatchedJobID}.`);
          }),
      },
      status: {
        description: 'How a dispatched job does, by the id that dispatch gave.',
        args: statusArgs,
        risk: 'read',
        examples: [
          'how is the batch job {id:report} doing',
          'is the dispatched job {id:report} done',
          'status of the dispatched job {id:report}',
        ],
        run: ({ id }: z.infer<typeof statusArgs>, { signal }) =>
          told(async () => {
            const { jobs } = needed();
            const [{ Status }, allocations] = await Promise.all([
              jobs.read(id, { signal }),
              jobs.allocations(id, { signal }),
            ]);
            const [newest] = [...allocations].sort((a, b) => b.CreateIndex - a.CreateIndex);
            if (newest === undefined) return said(`${id} is ${Status}: it waits for a node.`);
            const events = Object.values(newest.TaskStates).flatMap(({ Events }) => Events);
            const last = events.at(-1)?.DisplayMessage ?? '';
            return said(shortened(`${id} is ${newest.ClientStatus}. ${last}`.trim(), 400));
          }),
      },
    },
  };
};

type Parameterized = { ParameterizedJob?: object | null; Type?: string | null; Priority?: number | null };
