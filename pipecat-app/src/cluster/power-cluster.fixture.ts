import { FakeConsul } from '@twin/hashi/consul/fake-consul.fixture.js';
import { Consul } from '@twin/hashi/consul.js';
import { FakeNomad } from '@twin/hashi/nomad/fake-nomad.fixture.js';
import { Nomad } from '@twin/hashi/nomad.js';
import type { PowerParts } from '../tools/power/power.js';
import { job } from './cluster-data.fixture.js';
import { Sleeper } from './sleeper.js';

export type PowerCluster = {
  parts: PowerParts;
  consul: Consul;
  nomad: Nomad;
  /** Instances that the job wants now. */
  wanted(id: string): Promise<number>;
  close(): Promise<void>;
};

/** A scripted Nomad and Consul with the jobs of the experts coding and creative, and one that never sleeps. */
export async function openPowerCluster(): Promise<PowerCluster> {
  const [fakeNomad, fakeConsul] = await Promise.all([new FakeNomad().start(), new FakeConsul().start()]);
  const nomad = new Nomad({ address: fakeNomad.server.address });
  const consul = new Consul({ address: fakeConsul.server.address });
  const sleeper = new Sleeper({ nomad, consul, now: Date.now });
  for (const id of ['coding-expert', 'creative-expert']) await nomad.jobs.register(job(id));
  const app = job('pipecat-app');
  const plain = app.TaskGroups.map((group) => ({ ...group, Tasks: group.Tasks.map((task) => ({ ...task, Env: {} })) }));
  await nomad.jobs.register({ ...app, TaskGroups: plain });
  return {
    parts: { kv: async () => consul.kv, sleeper: async () => sleeper },
    consul,
    nomad,
    wanted: async (id) => (await nomad.jobs.read(id)).TaskGroups[0]?.Count ?? -1,
    async close() {
      await sleeper.close();
      await Promise.all([nomad.close(), consul.close()]);
      await Promise.all([fakeNomad.server.close(), fakeConsul.server.close()]);
    },
  };
}
