import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../bench/servers.js';
import type { LabNode } from '../lab-node.js';
import type { Lab } from '../open-lab.js';
import { must } from '../run-command.js';

/** What a run of a playbook came to. */
export type Played = {
  code: number;
  text: string;
  seconds: number;
  /** Tasks that changed something, as `role : task`, once for each node. */
  changes: { node: string; task: string }[];
};

export type PlayOptions = { args?: readonly string[] } & (
  | {
      /** In this order: controllers, then workers. */
      controllers: readonly LabNode[];
      workers?: readonly LabNode[];
    }
  | {
      /** A file that playbooks may edit. */
      inventory: string;
    }
);

/**
 * Nodes of the lab run tasks by raw_exec: the exec driver needs controllers of control groups that they lack. Jobs of ours
 * come with the tests that are about them.
 */
const LAB_VARIABLES = { nomad_raw_exec: true, infrastructure_only: true };

/** Runs a playbook of the root folder against nodes of a lab. */
export async function play(lab: Lab, name: string, { args = [], ...options }: PlayOptions): Promise<Played> {
  const bin = (await must([join(ROOT, 'testing/ansible/venv.sh')])).trim();
  const inventory = 'inventory' in options ? options.inventory : join(lab.folder, 'ansible-test.json');
  if ('controllers' in options) {
    const { controllers, workers = [] } = options;
    await writeFile(inventory, JSON.stringify(inventoryOf(lab, controllers, workers), undefined, 2));
  }
  const began = performance.now();
  const command = ['-i', inventory, '-e', JSON.stringify(LAB_VARIABLES), ...args, join(ROOT, name)];
  const { code, stdout, stderr } = await lab.network.run([join(bin, 'ansible-playbook'), ...command], {
    env: {
      // Labs use the same addresses: a connection kept open for one of them must not serve another.
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(lab.folder, 'cp'),
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      ANSIBLE_CONFIG: join(ROOT, 'ansible.cfg'),
      ANSIBLE_NOCOLOR: '1',
    },
  });
  const text = `${stdout}\n${stderr}`;
  return { code, text, seconds: (performance.now() - began) / 1000, changes: changesIn(text) };
}

function inventoryOf(lab: Lab, controllers: readonly LabNode[], workers: readonly LabNode[]): object {
  const hosts = (nodes: readonly LabNode[]): object => ({
    hosts: Object.fromEntries(nodes.map(({ name, address }) => [name, { ansible_host: address }])),
  });
  const ssh = `-F ${join(lab.folder, 'ssh_config')} -o ControlMaster=auto -o ControlPersist=60s`;
  return {
    all: {
      vars: { ansible_user: 'root', ansible_ssh_common_args: ssh },
      children: {
        controller_nodes: hosts(controllers),
        worker_nodes: hosts(workers),
        workers: { children: { worker_nodes: {} } },
        pxe_server: hosts([]),
      },
    },
  };
}

function changesIn(text: string): Played['changes'] {
  const changes: Played['changes'] = [];
  let task = '';
  for (const line of text.split('\n')) {
    const header = /^(?:TASK|RUNNING HANDLER) \[(.*)\] \*+$/.exec(line);
    if (header?.[1]) task = header[1];
    const change = /^changed: \[([^\] ]+)(?: -> ([^\](]+)[^\]]*)?\]/.exec(line);
    if (change?.[1]) changes.push({ node: change[2] ?? change[1], task });
  }
  return changes;
}
