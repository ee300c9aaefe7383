import type { ConsulAgent, Registration } from '../consul-agent.js';
import { contextOf } from './arguments.js';
import { isDegraded } from './models.js';
import type { HeadSettings, ModelEntry } from './settings.js';

/** The Consul service of a head that serves `model`: what the gateway and the health check read. */
export function registrationOf(settings: HeadSettings, model: ModelEntry): Registration {
  const { service, host, port } = settings;
  return {
    ID: serviceId(settings),
    Name: service,
    Address: host,
    Port: port,
    Tags: ['power-managed'],
    Meta: {
      model: model.name,
      expert: settings.expert,
      persona: settings.persona,
      context: String(contextOf(settings, model)),
      degraded: String(isDegraded(settings.models, model)),
      build: settings.buildId,
    },
    Check: {
      Name: 'answers /health',
      HTTP: `http://${host}:${port}/health`,
      Interval: '5s',
      Timeout: '4s',
      // It has just given a token.
      Status: 'passing',
      // Only a head that was killed leaves its service behind; its key still tells the health check who is missing.
      DeregisterCriticalServiceAfter: '1m',
    },
  };
}

/** Id of the head's service; the same for a head that Nomad starts again in the same allocation. */
export function serviceId({ service, instance }: Pick<HeadSettings, 'service' | 'instance'>): string {
  return `${service}-${instance}`;
}

/** Where the state of an expert is kept: `{ model, degraded, since }`, and `error` while it does not serve. */
export function expertKey(expert: string): string {
  return `pipecat/experts/${expert}`;
}

/** Announces the expert in Consul, and returns how to take that back. */
export async function announce(
  consul: ConsulAgent,
  settings: HeadSettings,
  model: ModelEntry,
  now: Date,
): Promise<{ withdraw(error?: string): Promise<void> }> {
  const registration = registrationOf(settings, model);
  const state = { model: model.name, degraded: isDegraded(settings.models, model), since: now.toISOString() };
  await consul.register(registration);
  await consul.put(expertKey(settings.expert), JSON.stringify(state));
  return {
    async withdraw(error) {
      await consul.deregister(registration.ID);
      if (error === undefined) await consul.remove(expertKey(settings.expert));
      else await consul.put(expertKey(settings.expert), JSON.stringify({ ...state, error }));
    },
  };
}
