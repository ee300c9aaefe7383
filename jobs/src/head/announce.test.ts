import { expect, it } from 'vitest';
import type { ConsulAgent, Registration } from '../consul-agent.js';
import { announce, registrationOf } from './announce.js';
import { headSettings } from './settings.fixture.js';

const LARGE = { name: 'large', file: 'large.gguf' };
const SMALL = { name: 'small', file: 'small.gguf', fallback: true };
const settings = headSettings({ models: [LARGE, SMALL] });

/** The calls that a head makes, kept in a map of services and one of keys. */
function fakeConsul() {
  const services = new Map<string, Registration>();
  const keys = new Map<string, string>();
  const consul = {
    register: async (registration: Registration) => void services.set(registration.ID, registration),
    deregister: async (id: string) => void services.delete(id),
    put: async (key: string, value: string) => void keys.set(key, value),
    remove: async (key: string) => void keys.delete(key),
  } as unknown as ConsulAgent;
  return { consul, services, keys };
}

it('the service says which model serves, for whom, and whether it is what was asked for', () => {
  expect(registrationOf(settings, LARGE)).toMatchObject({
    ID: 'llama-api-writing-a1',
    Name: 'llama-api-writing',
    Address: '10.0.0.5',
    Port: 20001,
    Meta: { model: 'large', expert: 'writing', persona: 'poet', context: '2048', degraded: 'false', build: '3.22.1' },
    Check: { HTTP: 'http://10.0.0.5:20001/health' },
  });
  expect(registrationOf(settings, SMALL).Meta).toMatchObject({ model: 'small', degraded: 'true' });
});

it('an orderly end leaves nothing in Consul; a failure leaves its reason and no service', async () => {
  const { consul, services, keys } = fakeConsul();
  const since = new Date('2026-01-02T03:04:05Z');
  const first = await announce(consul, settings, SMALL, since);
  expect([...services.keys()]).toEqual(['llama-api-writing-a1']);
  const state = { model: 'small', degraded: true, since: '2026-01-02T03:04:05.000Z' };
  expect(JSON.parse(keys.get('pipecat/experts/writing') ?? '')).toEqual(state);
  await first.withdraw('was killed');
  expect(services.size).toBe(0);
  expect(JSON.parse(keys.get('pipecat/experts/writing') ?? '')).toEqual({ ...state, error: 'was killed' });

  await (await announce(consul, settings, SMALL, since)).withdraw();
  expect([services.size, keys.size]).toEqual([0, 0]);
});
