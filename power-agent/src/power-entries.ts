import type { KvEntry } from '@twin/hashi/consul/kv.js';
import {
  idleSeconds,
  type PowerLease,
  type PowerPolicy,
  type PowerState,
  parsed,
  powerLease,
  powerPolicy,
  powerState,
} from '@twin/hashi/power/power-kv.js';

/** What Consul keeps about one service. */
export type PowerEntry = {
  state?: PowerState;
  idleSeconds?: number;
  policy?: PowerPolicy;
  leases: readonly PowerLease[];
};

/** By service, out of the entries below `pipecat/power/`. What cannot be read counts as not there. */
export function powerEntries(entries: readonly Pick<KvEntry, 'key' | 'value'>[]): Map<string, PowerEntry> {
  const services = new Map<string, PowerEntry>();
  for (const { key, value } of entries) {
    const [, service = '', what] = /^pipecat\/power\/([^/]+)\/(state|idle_seconds|policy|lease\/.+)$/.exec(key) ?? [];
    if (what === undefined) continue;
    const entry = services.get(service) ?? { leases: [] };
    services.set(service, { ...entry, ...read(what, value, entry) });
  }
  return services;
}

function read(what: string, value: string, { leases }: PowerEntry): Partial<PowerEntry> {
  switch (what) {
    case 'state':
      return given('state', powerState.safeParse(parsed(value)));
    case 'idle_seconds':
      return given('idleSeconds', idleSeconds.safeParse(value));
    case 'policy':
      return given('policy', powerPolicy.safeParse(parsed(value)));
    default: {
      const lease = powerLease.safeParse(parsed(value));
      return lease.success ? { leases: [...leases, lease.data] } : {};
    }
  }
}

const given = <T>(field: string, result: { success: boolean; data?: T }): Record<string, T> =>
  result.success ? { [field]: result.data as T } : {};
