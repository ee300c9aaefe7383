import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeClients } from './node-files.js';

/** What a lab's nodes may do besides what a container may, and what of this machine they see, read-only. */
export type NodeRights = {
  /** Loading eBPF programs, as the power agent does. */
  bpf: boolean;
  /** Folders of this machine, and where nodes find them. */
  share: { from: string; to: string }[];
};

/** What is kept of a lab between two commands. */
export type LabState = {
  nodes: number;
  base: string;
  clients: NodeClients;
  rights: NodeRights;
  /** The process that ends the lab; none for a lab that a person started and ends. */
  owner?: { pid: number; started: string };
};

const fileIn = (folder: string): string => join(folder, 'state.json');

export async function readState(folder: string): Promise<LabState | undefined> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabState);
}

export async function saveState(folder: string, state: LabState): Promise<void> {
  await writeFile(`${fileIn(folder)}.part`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  await rename(`${fileIn(folder)}.part`, fileIn(folder));
}

/** This process as an owner: its id may be another's later, its start may not. */
export async function thisProcess(): Promise<{ pid: number; started: string }> {
  return { pid: process.pid, started: (await startOf(process.pid)) ?? '' };
}

export async function ownerLives({ owner }: LabState): Promise<boolean> {
  return owner !== undefined && (await startOf(owner.pid)) === owner.started;
}

/** When a process started, in clock ticks since the machine did. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
