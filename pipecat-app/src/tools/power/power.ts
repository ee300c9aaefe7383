import type { Consul } from '@twin/hashi/consul.js';
import {
  idleKey,
  nodePolicyKey,
  POWER_NAME,
  POWER_PREFIX,
  parsed,
  policyKey,
  powerPolicy,
} from '@twin/hashi/power/power-kv.js';
import { POWER_REPORTS } from '@twin/hashi/power/power-report.js';
import { z } from 'zod';
import { noNomad, told } from '../../cluster/failure.js';
import type { Sleeper } from '../../cluster/sleeper.js';
import { TwinError } from '../../errors.js';
import { refused, said } from '../say.js';
import type { Tool } from '../tool.js';
import { called, idleWords, oneStatus, statusWords } from './words.js';

export type PowerParts = { kv: () => Promise<Consul['kv']>; sleeper: () => Promise<Sleeper> };

const name = z.string().trim().regex(POWER_NAME, 'is no name of a service, job or node');
const seconds = z.number().int().min(0).max(604_800);
const statusArgs = z.strictObject({ service: name.optional().describe('One expert or service; left out: all.') });
const idleArgs = z.strictObject({
  service: name,
  seconds,
  was: z.number().int().min(-1).optional().describe('Only while it is this now; -1: while it has none of its own.'),
});
const jobArgs = z.strictObject({ job: name });
const policyArgs = z
  .strictObject({
    service: name.optional(),
    node: name.optional(),
    ...powerPolicy.shape,
    wake_at: z
      .union([powerPolicy.shape.wake_at.unwrap(), z.literal('')])
      .optional()
      .describe('Such as 06:30; empty for never.'),
  })
  .refine(({ service, node }) => (service === undefined) !== (node === undefined), 'name a service or a node');

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
        description: 'Which services sleep, and after how long the others would; of one, whether it sleeps and why.',
        args: statusArgs,
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
          'is the {service:writing} expert asleep',
          'is the {service:writing} expert awake',
          'why is the {service:writing} expert awake',
          'does the {service:writing} expert sleep',
          'tell me whether the {service:writing} expert is sleeping',
        ],
        run: ({ service }: z.infer<typeof statusArgs>, { now, signal }) =>
          told(async () => {
            const kv = await needed().kv();
            const entries = await kv.list(POWER_PREFIX, { signal });
            if (service === undefined) return said(statusWords(entries, now()));
            const found = await (await needed().sleeper()).find(service, signal);
            return said(oneStatus(found.service, entries, await kv.list(POWER_REPORTS, { signal }), now()));
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
        effect: ({ service, seconds: its }: z.infer<typeof idleArgs>) => idleWords(service, its),
        run: ({ service, seconds: its, was }: z.infer<typeof idleArgs>, { signal }) =>
          told(async () => {
            const kv = await needed().kv();
            const found = await (await needed().sleeper()).find(service, signal);
            const before = await kv.get(idleKey(found.service), { signal });
            const now = before === undefined ? -1 : Number(before.value);
            if (was !== undefined && was !== now) throw busy();
            await written(kv, idleKey(found.service), String(its), signal, before?.modifyIndex ?? 0);
            return said(idleWords(found.service, its));
          }),
      },
      sleep: {
        description: 'Puts an expert or another job to sleep now: scales it to none.',
        args: jobArgs,
        risk: 'sensitive',
        // The next question wakes it again.
        spokenConsent: true,
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
        effect: ({ job }: z.infer<typeof jobArgs>) => `Puts ${job} to sleep. The next question to it wakes it first.`,
        async run({ job }: z.infer<typeof jobArgs>, { controls, signal }) {
          const sleeper = await needed().sleeper();
          const found = await sleeper.find(job, signal);
          await sleeper.sleep(found.job, `session ${controls.session}`, signal);
          return said(`${called(found.service)} is going to sleep.`);
        },
      },
      wake: {
        description: 'Wakes an expert or another job that sleeps.',
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
        effect: ({ job }: z.infer<typeof jobArgs>) => `Starts ${job} as it was before it went to sleep.`,
        async run({ job }: z.infer<typeof jobArgs>, { controls, signal }) {
          const sleeper = await needed().sleeper();
          const { service } = await sleeper.find(job, signal);
          try {
            await sleeper.wake(service, `session ${controls.session}`, signal);
          } catch (error) {
            if (!(error instanceof TwinError) || error.code !== 'TWIN_POWER_AWAKE') throw error;
            return said(`${called(service)} is awake already.`);
          }
          return said(`${called(service)} is waking up.`);
        },
      },
      policy: {
        description:
          'Whether a service may sleep, how long it stays awake, when it is woken; whether a magic packet wakes a node.',
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
            const kv = await needed().kv();
            const its = service === undefined ? node : (await (await needed().sleeper()).find(service, signal)).service;
            const key = (service === undefined ? nodePolicyKey : policyKey)(its ?? '');
            const before = await kv.get(key, { signal });
            const known = powerPolicy.safeParse(parsed(before?.value ?? ''));
            if (Object.keys(policy).length === 0)
              return refused('TWIN_POWER_POLICY', 'Say what is to change: sleep, wol, wake_at or min_awake_seconds.');
            const { wake_at: wakeAt, ...rest } = { ...(known.success ? known.data : {}), ...policy };
            const next = { ...rest, ...(wakeAt ? { wake_at: wakeAt } : {}) };
            await written(kv, key, JSON.stringify(next), signal, before?.modifyIndex ?? 0);
            return said(`The power policy of ${service === undefined ? node : called(its ?? '', 'the')} is set.`);
          }),
      },
    },
  };
};

async function written(kv: Consul['kv'], key: string, value: string, signal: AbortSignal, cas: number): Promise<void> {
  if (!(await kv.put(key, value, { signal, cas }))) throw busy();
}

const busy = (): TwinError =>
  new TwinError('TWIN_POWER_BUSY', 'Somebody else changed it at this moment.', { next: 'Look at it and try again.' });
