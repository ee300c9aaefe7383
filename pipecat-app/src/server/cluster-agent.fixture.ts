import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeNomad } from '@twin/hashi/nomad/fake-nomad.fixture.js';
import { Nomad } from '@twin/hashi/nomad.js';
import { Cluster } from '../cluster/cluster.js';
import { Templates } from '../cluster/templates.js';
import { thisMachine } from '../cluster/this-machine.js';
import { monotonicClock } from '../experts/clock.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';

/** A job file as the scripted Nomad reads it; it takes no variables. */
export const JOB = (id: string, count = 1): string => `job "${id}" {
  type = "service"
  group "talk" {
    count = ${count}
  }
}`;

const TEMPLATE = `# Purpose: talks, and
#   goes on.
# Variables: below.
variable "how_many" {
  type        = number
  default     = 1
  description = "How many."
}
variable "node_path" {
  type    = string
  default = "/usr/bin/node"
}
${JOB('templated')}
`;

export type ClusterAgent = EchoAgent & { nomad: FakeNomad };

/** An agent of a scripted Nomad. */
export async function openClusterAgent(): Promise<ClusterAgent> {
  const fake = await new FakeNomad().start();
  const jobs = mkdtempSync(join(tmpdir(), 'twin-jobs-'));
  writeFileSync(join(jobs, 'talker.nomad.hcl'), TEMPLATE);
  const nomad = new Nomad({ address: fake.server.address });
  const cluster = new Cluster({
    nomad,
    templates: new Templates(jobs, {}),
    experts: async () => ({ experts: [], measured: new Map(), own: undefined, current: true }),
    here: thisMachine,
    clock: monotonicClock,
  });
  const echo = await openEchoAgent({}, { cluster });
  return {
    ...echo,
    nomad: fake,
    async close() {
      await echo.close();
      await cluster.close();
      await fake.server.close();
      rmSync(jobs, { recursive: true });
    },
  };
}
