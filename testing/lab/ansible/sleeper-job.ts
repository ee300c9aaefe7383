import { expect } from 'vitest';
import type { LabNode } from '../lab-node.js';
import type { Controllers } from './controllers.js';

/** A job that does nothing, on any machine but the first, if it can be on the second. */
const SLEEPER = (job: string): string => `
job "${job}" {
  group "g" {
    constraint {
      attribute = "\${node.unique.name}"
      operator  = "!="
      value     = "node1"
    }
    affinity {
      attribute = "\${node.unique.name}"
      value     = "node2"
      weight    = 100
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["infinity"]
      }
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}`;

export async function runSleeper({ tokens }: Controllers, node: LabNode, job: string): Promise<void> {
  const { code, stdout, stderr } = await node.ssh(`${tokens}; nomad job run -`, { input: SLEEPER(job) });
  expect(code, stdout + stderr).toBe(0);
}

/** Names of the machines on which a job runs, once for each group that does. */
export async function whereRuns(cluster: Controllers, node: LabNode, job: string): Promise<string[]> {
  const listed = JSON.parse(await cluster.managed(node, `nomad job allocs -json ${job}`)) as {
    ClientStatus: string;
    DesiredStatus: string;
    NodeName: string;
    TaskGroup: string;
  }[];
  const runs = listed.filter((one) => one.ClientStatus === 'running' && one.DesiredStatus === 'run');
  return runs.map(({ NodeName, TaskGroup }) => (TaskGroup === 'g' ? NodeName : `${TaskGroup} on ${NodeName}`)).sort();
}
