import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import type { Tool, ToolResult } from '../tool.js';
import { type InventoryHost, readInventory } from './inventory.js';
import { keysFor } from './known-hosts.js';
import { runRemote } from './remote-command.js';

export type SshOptions = {
  /** Ansible inventory in YAML. `TWIN_INVENTORY` */
  inventory: string;
  /** Private key of the agent, without a passphrase. `TWIN_SSH_KEY` */
  key: string;
  /** Keys of the machines, as OpenSSH writes them. */
  knownHosts: string;
  /** More output than this many bytes ends a command. */
  maxBytes?: number;
};

const runArgs = z.strictObject({
  host: z
    .string()
    .trim()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'name a machine of the inventory'),
  command: z.string().trim().min(1).max(4000),
});
type RunArgs = z.infer<typeof runArgs>;

/** Runs commands on the machines of the inventory, and only there. */
export const sshTool = ({ inventory, key, knownHosts, maxBytes = 1_048_576 }: SshOptions): Tool => ({
  name: 'ssh',
  description: 'Commands on the machines of the cluster.',
  unavailable: () => {
    if (!existsSync(inventory)) return `There is no inventory of machines. Write ${inventory}, or set TWIN_INVENTORY.`;
    if (!existsSync(key))
      return `The agent has no SSH key. Make one with \`ssh-keygen -t ed25519 -N "" -f ${key}\` and add its .pub to the machines.`;
    return undefined;
  },
  methods: {
    hosts: {
      description: 'Names the machines of the inventory.',
      args: z.strictObject({}),
      risk: 'read',
      examples: [
        'which machines are in the inventory',
        'what hosts can you reach',
        'list the machines of the cluster',
        'name the hosts',
        'which computers are in the cluster',
        'name the machines of the cluster',
        'which machines do you know',
      ],
      run: async (): Promise<ToolResult> => {
        const names = [...(await readInventory(inventory)).keys()];
        return { ok: true, output: names.length === 0 ? 'The inventory is empty.' : `${names.join(', ')}.` };
      },
    },
    run: {
      description: 'Runs a shell command on one machine of the inventory and gives what it printed.',
      args: runArgs,
      risk: 'sensitive',
      timeoutMs: 60_000,
      examples: [
        'run {command:uptime} on the {host:attic} machine',
        'run {command:uptime} on {host:node2}',
        'how full is the disk of {host:worker1}{command=df -h}',
        'log in to {host:office} and run {command:uptime}',
        'execute {command:df} on node {host:attic}',
        'run the command {command:free} on the host {host:node1}',
        'run {command:free} on the machine {host:attic}',
        'execute {command:uptime} on {host:attic}',
      ],
      effect: ({ host, command }: RunArgs) => `Runs ${JSON.stringify(command)} on the machine ${host}.`,
      run: async ({ host: name, command }: RunArgs, { signal }): Promise<ToolResult> => {
        const host = (await readInventory(inventory)).get(name);
        if (host === undefined)
          throw new TwinError('TWIN_SSH_HOST', `There is no machine called ${name} in the inventory.`, {
            next: 'Ask for the machines to hear their names.',
          });
        const pinned = keysFor(await textOf(knownHosts), host.address, host.port);
        if (!pinned.some(({ revoked }) => !revoked)) throw unknownKey(host, knownHosts);
        const user = host.user ?? userInfo().username;
        const privateKey = await readFile(key);
        const { code, output, cut } = await runRemote({ host, user, privateKey, pinned, command, maxBytes }, signal);
        if (cut)
          return { ok: false, output: `${output}\nIt printed too much and was ended.`, error: 'TWIN_SSH_OUTPUT' };
        if (code === 0) return { ok: true, output: output || 'Done; it printed nothing.' };
        const how = code === null ? 'It was ended, or the connection broke.' : `It ended with code ${code}.`;
        return { ok: false, output: `${how} ${output}`.trim(), error: 'TWIN_SSH_EXIT' };
      },
    },
  },
});

const unknownKey = ({ name, address, port }: InventoryHost, file: string): TwinError =>
  new TwinError('TWIN_SSH_HOST_UNKNOWN', `The key of ${name} is not known, so it may be another machine.`, {
    next: `Run \`ssh-keyscan -p ${port} ${address}\`, compare the key on the machine's own screen, then add the line to ${file}.`,
  });

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
