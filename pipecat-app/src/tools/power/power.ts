import type { Consul } from '@twin/hashi/consul.js';
import {
  idleKey,
  nodePolicyKey,
  POWER_NAME,
  POWER_PREFIX,
  parsed,
  policyKey,
  powerPolicy,
  powerStates,
} from '@twin/hashi/power/power-kv.js';
import { z } from 'zod';
import { noNomad, told } from '../../cluster/failure.js';
import type { Sleeper } from '../../cluster/sleeper.js';
import { TwinError } from '../../errors.js';
import { refused, said } from '../say.js';
import { sayDuration } from '../say-duration.js';
import type { Tool } from '../tool.js';

export type PowerParts = { kv: () => Promise<Consul['kv']>; sleeper: () => Promise<Sleeper> };

const name = z.string().trim().regex(POWER_NAME, 'is no name of a service, job or node');
const idleArgs = z.strictObject({ service: name, seconds: z.number().int().min(0).max(604_800) });
const jobArgs = z.strictObject({ job: name });
const policyArgs = z
  .strictObject({ service: name.optional(), node: name.optional(), ...powerPolicy.shape })
  .refine(({ service, node }) => (service === undefined) !== (node === undefined), 'name a service or a node');
const nothing = z.strictObject({});

/** Puts jobs of the cluster to sleep and wakes them. Left out `parts`: there is no cluster. */
export const powerTool = (parts: PowerParts | undefined): Tool => {
  const needed = (): PowerParts => {
    if (parts === undefined) throw noNomad();
    return parts;
  };
  return {
    name: 'power',
    description: 'Sleeping and waking of experts and other jobs that may sleep.',
    unavailable: () =>
      parts === undefined
        ? 'There is no cluster whose jobs could sleep. Set NOMAD_ADDR and CONSUL_HTTP_ADDR, or start one with npm run cluster.'
        : undefined,
    methods: {
      status: {
        description: 'Which services sleep, and after how long the others would.',
        args: nothing,
        risk: 'read',
        examples: [
          'which experts are asleep',
          'power status',
          'what is sleeping right now',
          'how are the power settings',
        ],
        run: (_: never, { now, signal }) =>
          told(async () => {
            const entries = await (await needed().kv()).list(POWER_PREFIX, { signal });
            return said(statusWords(entries, now()));
          }),
      },
      set_idle_threshold: {
        description: 'After how many idle seconds a service is put to sleep; 0 is never.',
        args: idleArgs,
        risk: 'write',
        examples: [
          'let the coding expert sleep after ten idle minutes',
          'set the idle threshold of llama-api-main to 600',
        ],
        effect: ({ service, seconds }: z.infer<typeof idleArgs>) => `${idleWords(service, seconds)}`,
        run: ({ service, seconds }: z.infer<typeof idleArgs>, { signal }) =>
          told(async () => {
            await written(await needed().kv(), idleKey(service), String(seconds), signal);
            return said(idleWords(service, seconds));
          }),
      },
      sleep: {
        description: 'Puts a job to sleep now: scales it to none.',
        args: jobArgs,
        risk: 'sensitive',
        timeoutMs: 30_000,
        examples: ['put the coding expert to sleep', 'let the math expert sleep', 'send the writing expert to bed'],
        effect: ({ job }: z.infer<typeof jobArgs>) =>
          `Stops all instances of the job ${job}. The next question to it takes longer, because it is woken first.`,
        async run({ job }: z.infer<typeof jobArgs>, { controls, signal }) {
          await (await needed().sleeper()).sleep(job, `session ${controls.session}`, signal);
          return said(`${job} is going to sleep.`);
        },
      },
      wake: {
        description: 'Wakes a job that sleeps.',
        args: jobArgs,
        risk: 'write',
        timeoutMs: 30_000,
        examples: ['wake the coding expert', 'wake up the math expert', 'start the sleeping expert again'],
        effect: ({ job }: z.infer<typeof jobArgs>) => `Starts the job ${job} as it was before it went to sleep.`,
        async run({ job }: z.infer<typeof jobArgs>, { controls, signal }) {
          const sleeper = await needed().sleeper();
          await sleeper.wake(await sleeper.serviceOf(job, signal), `session ${controls.session}`, signal);
          return said(`${job} is waking up.`);
        },
      },
      policy: {
        description:
          'Whether a service may sleep and how long it stays awake; whether a node is woken by a magic packet.',
        args: policyArgs,
        risk: 'write',
        examples: ['never let the main expert sleep', 'allow wake on lan for node attic'],
        effect: ({ service, node, ...policy }: z.infer<typeof policyArgs>) =>
          `Sets the power policy of ${service ?? node} to ${JSON.stringify(policy)}.`,
        run: ({ service, node, ...policy }: z.infer<typeof policyArgs>, { signal }) =>
          told(async () => {
            const key = service === undefined ? nodePolicyKey(node ?? '') : policyKey(service);
            const kv = await needed().kv();
            const before = await kv.get(key, { signal });
            const known = powerPolicy.safeParse(parsed(before?.value ?? ''));
            const next = { ...(known.success ? known.data : {}), ...policy };
            if (Object.keys(policy).length === 0)
              return refused('TWIN_POWER_POLICY', 'Say what is to change: sleep, wol or min_awake_seconds.');
            await written(kv, key, JSON.stringify(next), signal, before?.modifyIndex ?? 0);
            return said(`The power policy of ${service ?? node} is set.`);
          }),
      },
    },
  };
};

async function written(kv: Consul['kv'], key: string, value: string, signal: AbortSignal, cas?: number): Promise<void> {
  if (await kv.put(key, value, cas === undefined ? { signal } : { signal, cas })) return;
  throw new TwinError('TWIN_POWER_BUSY', 'Somebody else changed it at this moment.', { next: 'Try again.' });
}

const idleWords = (service: string, seconds: number): string =>
  seconds === 0 ? `${service} never sleeps.` : `${service} sleeps after ${sayDuration(seconds)} without work.`;

function statusWords(entries: readonly { key: string; value: string }[], now: number): string {
  const states = [...powerStates(entries)];
  const asleep = states
    .filter(([, { state }]) => state === 'asleep')
    .map(([service, { at }]) => `${service} has been asleep for ${sayDuration(Math.max(1, (now - at) / 1000), 1)}.`);
  const idle = entries.flatMap(({ key, value }) => {
    const service = /^pipecat\/power\/([^/]+)\/idle_seconds$/.exec(key)?.[1];
    return service === undefined ? [] : [idleWords(service, Number(value) || 0)];
  });
  const first = asleep.length === 0 ? ['Nothing sleeps.'] : asleep;
  return [...first, ...idle].join(' ');
}
