import { join } from 'node:path';
import type { Consul } from '@twin/hashi/consul.js';
import type { Expert } from './agent.js';
import type { Measured, OwnModel } from './cluster/expert-views.js';
import { Fresh } from './cluster/fresh.js';
import type { Sleeper } from './cluster/sleeper.js';
import { nomadWaker, powerWatch } from './cluster/waker.js';
import type { Config } from './config.js';
import { toPublicError } from './errors.js';
import { Catalogue } from './experts/catalogue.js';
import { monotonicClock } from './experts/clock.js';
import { Dialects } from './experts/dialects/dialects.js';
import type { Expert as CatalogueExpert, Instance } from './experts/expert.js';
import { ExpertLlm } from './experts/expert-llm.js';
import { externalExperts } from './experts/external.js';
import type { Llm } from './experts/llm.js';
import { Classifier, type Guess } from './experts/routing/classifier.js';
import { EXPERT_PREFIX } from './experts/service-table.js';
import type { Log } from './observe/log.js';
import type { Part } from './parts.js';
import type { Health } from './server/protocol.js';

/** People wait for the page, and a server that evaluates a long prompt does not answer. */
const SLOTS_TIMEOUT_MS = 700;
const MEASURED_FRESH_MS = 1_000;

/** The gateway to experts with everything that it needs, and how it shows in the status. */
export type ExpertParts = {
  llm: ExpertLlm;
  part: Part;
  experts: () => Expert[];
  consul: () => Health['consul'];
  /** What the page *Cluster* shows of them. */
  known: () => Promise<Known>;
  /** What puts jobs to sleep and wakes them; undefined without a cluster. */
  power: { kv: () => Promise<Consul['kv']>; sleeper: () => Promise<Sleeper> } | undefined;
};

type Known = {
  experts: readonly CatalogueExpert[];
  measured: ReadonlyMap<string, Measured>;
  own: OwnModel | undefined;
  current: boolean;
};

/**
 * Joins the catalogue of experts, their dialects and the router.
 * @param base who answers when no expert can
 * @throws TwinError `TWIN_EXPERTS` for settings that are wrong
 */
export function expertParts(config: Config, promptsDir: string, base: Llm, log: Log): ExpertParts {
  const external = externalExperts(config, process.env);
  const dialects = new Dialects();
  let consul: Promise<Consul> | undefined;
  const theConsul = (): Promise<Consul> => {
    consul ??= connect(config, (error) => onTrouble(error));
    return consul;
  };
  const inCluster = config.CONSUL_HTTP_ADDR !== '' && config.NOMAD_ADDR !== '';
  let sleeper: Promise<{ sleeper: Sleeper; close(): Promise<void> }> | undefined;
  const theSleeper = async (): Promise<Sleeper> => {
    sleeper ??= openSleeper(config, await theConsul());
    return (await sleeper).sleeper;
  };
  let onTrouble = (_: unknown): void => {};
  const catalogue = new Catalogue({
    external,
    ...(config.CONSUL_HTTP_ADDR === ''
      ? {}
      : {
          async *watch(signal) {
            const lost = new AbortController();
            onTrouble = (error) => lost.abort(error);
            yield* (await theConsul()).watchServices(EXPERT_PREFIX, AbortSignal.any([signal, lost.signal]));
            // The client would go on by itself, but then nobody could say that Consul is lost.
            if (!signal.aborted) throw lost.signal.reason;
          },
          power: powerWatch(theConsul),
        }),
    alive: (endpoint, signal) => dialects.of(endpoint).alive(endpoint, signal),
    clock: monotonicClock,
    onProblem: (source, error) => log.warn({ source, err: error }, 'experts are as they were known last'),
  });
  const llm = new ExpertLlm({
    catalogue,
    dialects,
    base: { llm: base, embedded: config.LLM_BASE_URL === undefined },
    classify: classifierOf(promptsDir, log),
    clock: monotonicClock,
    ...(inCluster ? { waker: nomadWaker({ wake: async (...asked) => (await theSleeper()).wake(...asked) }) } : {}),
    wakePatienceMs: config.EXPERT_WAKE_TIMEOUT_S * 1000,
  });
  const measure = async (one: Instance): Promise<[string, Measured]> => {
    const asked = one.healthy && one.endpoint.dialect === 'llama';
    const use = asked ? dialects.llama.use(one.endpoint, AbortSignal.timeout(SLOTS_TIMEOUT_MS)) : undefined;
    const slots = (await use?.catch(() => undefined)) ?? null;
    return [one.id, { slots, tokensPerSecond: llm.live(one.id)?.tokensPerSecond ?? null }];
  };
  const measured = new Fresh(async () => {
    const all = catalogue.experts().flatMap(({ instances }) => instances);
    return new Map(await Promise.all(all.map(measure)));
  }, MEASURED_FRESH_MS);
  return {
    llm,
    power: inCluster ? { kv: async () => (await theConsul()).kv, sleeper: theSleeper } : undefined,
    known: async () => ({
      experts: catalogue.experts(),
      measured: await measured.get(),
      own: ownModel(base),
      current: catalogue.link() !== 'lost',
    }),
    part: {
      name: 'experts',
      core: false,
      start: async () => catalogue.start(),
      health: () => ({ ok: catalogue.link() !== 'lost', detail: detailOf(catalogue) }),
      close: async () => {
        await catalogue.close();
        await (await sleeper)?.close();
        await (await consul)?.close();
      },
    },
    experts: () => [
      ...(llm.model === '' ? [] : [{ name: llm.model, ...base.health() }]),
      ...catalogue.experts().map(({ name, state, instances }) => ({
        name,
        ok: state !== 'down',
        detail: `${state}: ${instances.map(({ node, model }) => [model, node].filter(Boolean).join(' on ')).join(', ')}`,
      })),
    ],
    consul: () => ({ off: 'off', ok: 'ok', lost: 'failed' })[catalogue.link()] as Health['consul'],
  };
}

async function connect(config: Config, onTrouble: (error: unknown) => void): Promise<Consul> {
  const { Consul } = await import('@twin/hashi/consul.js');
  const address = /^https?:/.test(config.CONSUL_HTTP_ADDR)
    ? config.CONSUL_HTTP_ADDR
    : `http://${config.CONSUL_HTTP_ADDR}`;
  return new Consul({
    address,
    ...(config.CONSUL_HTTP_TOKEN === '' ? {} : { token: config.CONSUL_HTTP_TOKEN }),
    onTrouble,
  });
}

async function openSleeper(config: Config, consul: Consul): Promise<{ sleeper: Sleeper; close(): Promise<void> }> {
  const [{ Nomad, nomadFromEnv }, { Sleeper }] = await Promise.all([
    import('@twin/hashi/nomad.js'),
    import('./cluster/sleeper.js'),
  ]);
  const nomad = new Nomad(nomadFromEnv({ ...process.env, NOMAD_ADDR: config.NOMAD_ADDR }));
  const sleeper = new Sleeper({ nomad, consul, now: Date.now });
  return {
    sleeper,
    async close() {
      await sleeper.close();
      await nomad.close();
    },
  };
}

/** Without its file, experts are chosen only by name. */
function classifierOf(promptsDir: string, log: Log): (text: string) => readonly Guess[] {
  try {
    const classifier = Classifier.read(join(promptsDir, 'routing.json'));
    return (text) => classifier.classify(text);
  } catch (error) {
    log.warn({ err: error }, toPublicError(error).message);
    return () => [];
  }
}

function detailOf(catalogue: Catalogue): string {
  const count = catalogue.experts().length;
  const known = count === 0 ? 'No experts; the agent’s own model answers.' : `${count} known.`;
  return catalogue.link() === 'lost' ? `Consul does not answer. Check CONSUL_HTTP_ADDR. ${known}` : known;
}

function ownModel(base: Llm): OwnModel | undefined {
  if (base.model === '') return undefined;
  return { name: base.model, ...base.health(), tokensPerSecond: base.lastAnswer()?.tokensPerSecond ?? null };
}
