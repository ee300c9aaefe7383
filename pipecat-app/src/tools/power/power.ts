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
          'is any expert asleep',
          'show the power status',
          'which services are asleep',
          'who is asleep',
          'tell me which experts are sleeping',
          'what is the state of the power settings',
          'list the sleeping services',
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
          'let the {service:writing} expert sleep after {seconds:ten minutes} without work',
          'set the idle threshold of the {service:writing} expert to {seconds:ten minutes}',
          'after {seconds:ten minutes} without a question the {service:writing} expert may sleep',
          'put the {service:writing} expert to sleep when it was idle for {seconds:an hour}',
          'let the {service:writing} expert fall asleep after {seconds:ten minutes} of idling',
          'the {service:writing} expert should sleep after {seconds:ten minutes} without work',
          'change the idle time of the {service:writing} expert to {seconds:ten minutes}',
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
        examples: [
          'put the {job:writing} expert to sleep',
          'let the {job:writing} expert sleep',
          'send the {job:writing} expert to bed',
          'the {job:writing} expert may go to sleep',
          'send the {job:writing} expert to sleep',
          'make the {job:writing} expert sleep now',
          'suspend the {job:writing} expert',
          'put the {job:writing} expert to bed',
          'the {job:writing} expert can sleep',
          'let the {job:writing} expert go to sleep',
        ],
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
        examples: [
          'wake the {job:writing} expert',
          'wake up the {job:writing} expert',
          'start the {job:writing} expert again',
          'get the {job:writing} expert up',
          'bring back the {job:writing} expert',
          'the {job:writing} expert should wake up',
          'I need the {job:writing} expert to be awake',
          'rouse the {job:writing} expert',
          'get the {job:writing} expert out of bed',
          'bring the {job:writing} expert up again',
          'make the {job:writing} expert wake up',
        ],
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
        examples: [
          'never let the {service:writing} expert sleep{sleep=false}',
          'keep the {service:writing} expert awake all the time{sleep=false}',
          'the {service:writing} expert must not sleep{sleep=false}',
          'the {service:writing} expert is allowed to sleep{sleep=true}',
          'allow the {service:writing} expert to sleep{sleep=true}',
          'the {service:writing} expert may never sleep{sleep=false}',
          'forbid the {service:writing} expert to sleep{sleep=false}',
          'allow wake on lan for node {node:attic}{wol=true}',
        ],
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
