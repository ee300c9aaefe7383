import { DIALECTS, type DialectName, type Endpoint } from './endpoint.js';
import type { Expert, Instance } from './expert.js';

/** One instance of a service as Consul knows it. */
export type ServiceInstance = {
  id: string;
  service: string;
  node: string;
  address: string;
  port: number;
  tags: string[];
  meta: Record<string, string>;
  passing: boolean;
};

/** Services by name. */
export type Services = ReadonlyMap<string, readonly ServiceInstance[]>;
/** The state of services that sleep when idle, by name of the service. */
export type Power = ReadonlyMap<string, 'awake' | 'asleep'>;

/** Names of experts' services begin like this. */
export const EXPERT_PREFIX = 'llama-api-';
/** What an expert may be called; also keeps persona files inside their folder. */
export const EXPERT_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

const isDialect = (name: string | undefined): name is DialectName => DIALECTS.includes(name as DialectName);

/**
 * The table of experts out of what Consul, the settings and the power view know. A service whose name is none of an
 * expert, or whose address cannot be used, is left out.
 */
export function tableOf(services: Services, outside: readonly Instance[], power: Power): Expert[] {
  const instances = new Map<string, Instance[]>();
  const personas = new Map<string, string>();
  const asleep = new Set<string>();
  for (const [service, state] of power) {
    const name = expertOf(service);
    if (name === undefined || state !== 'asleep') continue;
    asleep.add(name);
    instances.set(name, []);
  }
  for (const [service, found] of services) {
    const name = expertOf(service);
    if (name === undefined) continue;
    for (const one of found) {
      const endpoint = endpointOf(one);
      if (endpoint === undefined) continue;
      push(instances, name, instanceOf(name, one, endpoint));
      if (one.meta.persona && EXPERT_NAME.test(one.meta.persona)) personas.set(name, one.meta.persona);
    }
  }
  for (const one of outside) push(instances, one.expert, one);
  return [...instances]
    .map(([name, its]): Expert => {
      const sorted = its.sort((a, b) => compare(a.id, b.id));
      const state = sorted.some((one) => one.healthy) ? 'awake' : asleep.has(name) ? 'asleep' : 'down';
      return { name, persona: personas.get(name) ?? name, state, instances: sorted };
    })
    .sort((a, b) => compare(a.name, b.name));
}

function instanceOf(expert: string, one: ServiceInstance, endpoint: Endpoint): Instance {
  const { meta } = one;
  return {
    id: one.id,
    expert,
    endpoint,
    node: one.node,
    model: meta.model ?? '',
    context: Math.max(0, Number.parseInt(meta.context ?? '', 10) || 0),
    healthy: one.passing,
    degraded: meta.degraded === 'true',
    external: false,
    vision: meta.vision === 'true',
  };
}

/** A cluster's own head speaks llama.cpp's dialect; meta `dialect` and `url` point at a server elsewhere. */
function endpointOf({ address, port, meta }: ServiceInstance): Endpoint | undefined {
  const host = address.includes(':') ? `[${address}]` : address;
  const baseUrl = meta.url || `http://${host}:${port}`;
  if (!URL.canParse(baseUrl) || !/^https?:/.test(baseUrl)) return undefined;
  return {
    dialect: isDialect(meta.dialect) ? meta.dialect : 'llama',
    baseUrl,
    apiKey: '',
    model: meta.dialect === undefined ? '' : (meta.model ?? ''),
    template: meta.template === 'completion' ? 'completion' : 'chat',
    settings: { address: 'the job of this expert', key: 'the key in the job of this expert' },
  };
}

function expertOf(service: string): string | undefined {
  const name = service.startsWith(EXPERT_PREFIX) ? service.slice(EXPERT_PREFIX.length) : '';
  return EXPERT_NAME.test(name) ? name : undefined;
}

function push(map: Map<string, Instance[]>, name: string, instance: Instance): void {
  const list = map.get(name);
  if (list) list.push(instance);
  else map.set(name, [instance]);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
