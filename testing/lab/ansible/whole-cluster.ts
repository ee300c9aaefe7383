import { expect } from 'vitest';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { type Played, play } from './playbook.js';
import { standInForCgroups } from './stand-in-cgroups.js';

/** Small enough for machines that share this one's memory and processors. */
export const SMALL = { memory_mb: 900, rpc_memory_mb: 600, context: 2048 };
const VARIABLES = { infrastructure_only: false, default_expert_workers: 2, default_expert_settings: SMALL };

export type WholeCluster = {
  lab: Lab;
  /** The primary controller, and two workers. */
  first: LabNode;
  second: LabNode;
  third: LabNode;
  /** Runs a playbook of the root folder against the three. */
  run(name: string, ...args: string[]): Promise<Played>;
  /** A run that must succeed; its text without line breaks. */
  good(name: string, ...args: string[]): Promise<Played>;
};

/**
 * Machines for a cluster with everything on it; nothing is installed yet.
 * @param name of the lab
 * @param more machines that have no part in it; they follow the three in `lab.nodes`
 * @param variables besides those of every such cluster
 */
export async function openWholeCluster(name: string, more = 0, variables: object = {}): Promise<WholeCluster> {
  const lab = await openLab({ name, nodes: 3 + more });
  const [first, second, third] = lab.nodes as [LabNode, LabNode, LabNode];
  for (const node of [first, second, third]) await standInForCgroups(node);
  const run = (playbook: string, ...args: string[]): Promise<Played> =>
    play(lab, playbook, {
      controllers: [first],
      workers: [second, third],
      args: ['-e', JSON.stringify({ ...VARIABLES, ...variables }), ...args],
    });
  return {
    ...{ lab, first, second, third, run },
    good: async (playbook, ...args) => {
      const played = await run(playbook, ...args);
      console.info(`${playbook}: ${played.seconds.toFixed(1)} s`);
      expect(played.code, played.text).toBe(0);
      return { ...played, text: flat(played.text) };
    },
  };
}

/** Without Ansible's line breaks. */
export const flat = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
