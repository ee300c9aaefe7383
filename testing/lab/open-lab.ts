import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { inventory, knownHosts, sshConfig } from './access-files.js';
import { MOST_NODES } from './addresses.js';
import { baseImage } from './base-image.js';
import { Cgroup } from './cgroup.js';
import { readClientSettings } from './client-settings.js';
import { withLock } from './file-lock.js';
import { labFolder } from './lab-folders.js';
import { LabNetwork } from './lab-network.js';
import { LabNode } from './lab-node.js';
import { type LabState, type NodeRights, ownerLives, readState, saveState, thisProcess } from './lab-state.js';
import { requireLab } from './possible.js';
import { startProxy } from './proxy-process.js';
import { routesOf } from './proxy-routes.js';
import { must } from './run-command.js';

export type LabOptions = {
  /** Two labs of different names know nothing of each other. */
  name: string;
  /** How many nodes, 1 to 20. */
  nodes: number;
  bpf?: boolean;
  share?: NodeRights['share'];
  say?: (line: string) => void;
  signal?: AbortSignal | undefined;
};

/** Real Debian machines on this one, on a network of their own. */
export class Lab {
  readonly name: string;
  readonly folder: string;
  readonly network: LabNetwork;
  readonly nodes: readonly LabNode[];

  constructor(name: string, state: LabState) {
    this.name = name;
    this.folder = labFolder(name);
    this.network = new LabNetwork(name);
    const group = Cgroup.ofLab(name);
    this.nodes = Array.from(
      { length: state.nodes },
      (_, index) => new LabNode({ number: index + 1, lab: this.folder, state, network: this.network, group }),
    );
  }

  /** @throws TwinError `TWIN_LAB_NO_NODE` */
  node(name: string): LabNode {
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (node) return node;
    throw new TwinError('TWIN_LAB_NO_NODE', `The lab ${this.name} has no ${name}.`, {
      next: `It has ${this.nodes.map((each) => each.name).join(', ')}.`,
    });
  }

  /** Makes it a person's lab, which stays until `closeLab`. */
  async keep(): Promise<void> {
    const state = await readState(this.folder);
    if (!state) return;
    const { owner: _, ...kept } = state;
    await saveState(this.folder, kept);
  }

  /** Ends every process and removes everything that was made for it, disks too. */
  close(): Promise<void> {
    return withLock(lockOf(this.name), () => remove(this.name));
  }
}

const lockOf = (name: string): string => `${labFolder(name)}.lock`;

/**
 * Starts a lab of clean nodes, and returns when all can be logged in to. The caller closes it; should the caller be killed,
 * the next lab of that name begins with clearing it away.
 * @throws TwinError `TWIN_LAB_BUSY` when the name is in use, `TWIN_LAB_ROOT`, `TWIN_LAB_TOOLS`, `TWIN_LAB_…`
 */
export async function openLab(options: LabOptions): Promise<Lab> {
  const { name, signal } = options;
  await requireLab();
  const lab = await withLock(
    lockOf(name),
    async () => {
      const known = await readState(labFolder(name));
      if (known && (!known.owner || (await ownerLives(known)))) {
        throw new TwinError('TWIN_LAB_BUSY', `There is a lab ${name} already.`, {
          next: `End it with TWIN_LAB=${name} npm run lab -- down, or take another name.`,
        });
      }
      return found(options, await thisProcess());
    },
    signal,
  );
  try {
    await startAll(lab, signal);
    return lab;
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/**
 * A person's lab: goes on with what is there, adds nodes that are missing and starts those that are off.
 * It stays until `closeLab`.
 */
export async function keepLab(options: LabOptions): Promise<Lab> {
  const { name, signal } = options;
  await requireLab();
  const lab = await withLock(
    lockOf(name),
    async () => {
      const known = await readState(labFolder(name));
      if (known && (await ownerLives(known))) {
        throw new TwinError('TWIN_LAB_BUSY', `A test or scenario is using the lab ${name}.`, {
          next: 'Wait until it is done, or set TWIN_LAB to another name.',
        });
      }
      if (!known || known.owner || !(await whole(name))) return found(options);
      return grown(options, known);
    },
    signal,
  );
  await startAll(lab, signal);
  return lab;
}

/** The lab that runs under a name; undefined when none does. */
export async function findLab(name: string): Promise<Lab | undefined> {
  const state = await readState(labFolder(name));
  return state && new Lab(name, state);
}

/** Removes whatever there is of a lab; false when there was nothing. */
export function closeLab(name: string): Promise<boolean> {
  return withLock(lockOf(name), async () => {
    const there = existsSync(labFolder(name)) || new LabNetwork(name).exists();
    await remove(name);
    return there;
  });
}

/** Makes a lab from nothing, all but the start of its nodes. */
async function found(options: LabOptions, owner?: LabState['owner']): Promise<Lab> {
  const { name, nodes, bpf = false, share = [], say = () => undefined, signal } = options;
  if (!(Number.isInteger(nodes) && nodes >= 1 && nodes <= MOST_NODES)) {
    throw new TwinError('TWIN_LAB_SIZE', `A lab has 1 to ${MOST_NODES} nodes, not ${nodes}.`);
  }
  const settings = await readClientSettings(signal);
  const base = await baseImage(settings, { say, signal });
  await remove(name);
  const folder = labFolder(name);
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 });
  const routes = routesOf(settings);
  const state: LabState = {
    nodes,
    base,
    clients: {
      archives: { main: 'debian', ...(settings.debian.security && { security: 'security' }) },
      aptDates: settings.aptDates,
      registries: Object.keys(settings.registries),
    },
    rights: { bpf, share },
    ...(owner && { owner }),
  };
  try {
    await saveState(folder, state);
    await newKey(folder, 'access');
    const lab = new Lab(name, state);
    await lab.network.open();
    const group = Cgroup.ofLab(name).child('proxy');
    await startProxy({ routes, network: lab.network, group, logFile: join(folder, 'proxy.log') });
    await furnish(lab, lab.nodes);
    return lab;
  } catch (error) {
    await remove(name);
    throw error;
  }
}

/** A known lab with at least as many nodes as are wanted. */
async function grown({ name, nodes }: LabOptions, known: LabState): Promise<Lab> {
  const state = { ...known, nodes: Math.min(MOST_NODES, Math.max(nodes, known.nodes)) };
  const lab = new Lab(name, state);
  await furnish(lab, lab.nodes.slice(known.nodes));
  await saveState(lab.folder, state);
  return lab;
}

/** Keys and clean disks for new nodes, and the files by which the whole lab is reached. */
async function furnish(lab: Lab, added: readonly LabNode[]): Promise<void> {
  for (const node of added) {
    await newKey(lab.folder, node.name);
    await node.prepare();
  }
  const keys = await Promise.all(
    lab.nodes.map(async ({ name, address }) => {
      const open = await readFile(join(lab.folder, 'keys', `${name}.pub`), 'utf8');
      return { name, address, open };
    }),
  );
  await writeFile(join(lab.folder, 'known_hosts'), knownHosts(keys));
  await writeFile(join(lab.folder, 'ssh_config'), sshConfig(lab.folder, keys));
  await writeFile(join(lab.folder, 'inventory.yaml'), inventory(lab.folder, keys));
}

async function newKey(folder: string, name: string): Promise<void> {
  const file = join(folder, 'keys', name);
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${name}`, '-f', file]);
}

async function startAll(lab: Lab, signal?: AbortSignal): Promise<void> {
  await Promise.all(lab.nodes.map((node) => node.power()));
  await Promise.all(lab.nodes.map((node) => node.ready(signal)));
}

/** Whether a lab's network and proxy are there: they are not after this machine was restarted. */
async function whole(name: string): Promise<boolean> {
  return new LabNetwork(name).exists() && (await Cgroup.ofLab(name).child('proxy').populated());
}

async function remove(name: string): Promise<void> {
  const group = Cgroup.ofLab(name);
  await group.kill();
  await group.remove();
  await new LabNetwork(name).close();
  await rm(labFolder(name), { recursive: true, force: true });
}
