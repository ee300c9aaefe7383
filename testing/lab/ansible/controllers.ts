import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from '../../bench/servers.js';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { must } from '../run-command.js';
import { on } from './on-node.js';
import { type Played, play } from './playbook.js';
import { standInForCgroups } from './stand-in-cgroups.js';

const MINUTES = 60_000;
export type Voters = { consul: string[]; nomad: string[] };

/** Three machines whose servers change: playbooks that edit the inventory, and who votes. */
export class Controllers {
  /** `export …` with the management tokens, as a person keeps them: the first controller will be gone. */
  tokens = '';
  readonly lab: Lab;
  readonly inventory: string;
  readonly #variables: object;

  private constructor(lab: Lab, variables: object) {
    this.lab = lab;
    this.inventory = join(lab.folder, 'controllers.yaml');
    this.#variables = variables;
  }

  /** Three clean machines in a lab of that name; the inventory has the first as controller and the others as workers. */
  static async open(name: string, variables: object = {}): Promise<Controllers> {
    const lab = await openLab({ name, nodes: 3 });
    const opened = new Controllers(lab, { authority_on_controllers: true, ...variables });
    for (const node of lab.nodes) await opened.standIn(node);
    const made = await readFile(join(lab.folder, 'inventory.yaml'), 'utf8');
    await writeFile(opened.inventory, made.replace('        node2:', '        # Under the stairs\n        node2:'));
    return opened;
  }

  /** What a clean machine of the lab lacks. */
  standIn(node: LabNode): Promise<void> {
    return standInForCgroups(node);
  }

  get nodes(): [LabNode, LabNode, LabNode] {
    return this.lab.nodes as [LabNode, LabNode, LabNode];
  }

  async playbook(name: string, ...args: string[]): Promise<Played> {
    const variables = ['-e', JSON.stringify(this.#variables), ...args];
    const played = await play(this.lab, name, { inventory: this.inventory, args: variables });
    console.info(`${[name, ...args].join(' ')}, code ${played.code}: ${played.seconds.toFixed(1)} s`);
    return played;
  }

  /** A playbook that must succeed. */
  async good(name: string, ...args: string[]): Promise<Played> {
    const run = await this.playbook(name, ...args);
    expect(run.code, run.text).toBe(0);
    return run;
  }

  /** From bare machines to a cluster. */
  async converge(): Promise<void> {
    await this.good('playbook.yaml');
    const [first] = this.nodes;
    const consul = await on(first, 'cat /etc/consul.d/management_token');
    this.tokens = `export CONSUL_HTTP_TOKEN=${consul} NOMAD_TOKEN=${await on(first, 'cat /etc/nomad.d/management_token')}`;
  }

  promote(node: LabNode, ...args: string[]): Promise<Played> {
    return this.playbook('promote_controller.yaml', '-e', `target_hostname=${node.name}`, ...args);
  }

  demote(node: LabNode, ...args: string[]): Promise<Played> {
    return this.playbook('demote_controller.yaml', '-e', `target_hostname=${node.name}`, ...args);
  }

  /** A command of scripts/inventory.py on this lab's inventory. */
  edit(...args: string[]): Promise<string> {
    return must([join(ROOT, 'scripts/inventory.py'), '--file', this.inventory, ...args]);
  }

  async members(group: string): Promise<string[]> {
    const rows = (await this.edit('list')).split('\n').map((row) => row.split('\t'));
    return rows.flatMap(([of, name = '']) => (of === group ? [name] : []));
  }

  /** A command on a node, with the management tokens. */
  managed(node: LabNode, command: string): Promise<string> {
    return on(node, `${this.tokens}; ${command}`);
  }

  /** Who votes in Consul and in Nomad, as `node` sees it. */
  async voters(node: LabNode): Promise<Voters> {
    const peers = async (program: string): Promise<string[]> => {
      const table = await this.managed(node, `${program} operator raft list-peers`);
      const rows = table.split('\n').flatMap((row) => {
        const [name = '', , , , voter] = row.split(/\s+/);
        return voter === 'true' ? [name.replace('.global', '')] : [];
      });
      return rows.sort();
    };
    return { consul: await peers('consul'), nomad: await peers('nomad') };
  }

  votersBecome(node: LabNode, ...names: string[]): Promise<boolean> {
    const ask = async (): Promise<boolean> =>
      JSON.stringify(await this.voters(node)) === JSON.stringify(both(...names));
    return until(`${names} as voters`, ask, { patienceMs: 2 * MINUTES });
  }

  /** Waits until the servers of both, asked at `node`, are led by one of `leaders`. */
  async ledBy(node: LabNode, ...leaders: LabNode[]): Promise<void> {
    const among = leaders.map(({ address }) => address.replaceAll('.', '\\.')).join('|');
    const sign = new RegExp(`^"(${among}):8300""(${among}):4647"$`);
    await until('A leader of both', async () => sign.test(await leadersOf(node)), { patienceMs: MINUTES });
  }
}

/** The same names as voters of both. */
export const both = (...names: string[]): Voters => ({ consul: names, nomad: names });
/** What a playbook said, without its line breaks. */
export const said = ({ text }: Played): string => text.replace(/\s*\n\s*/g, ' ');
/** Addresses of the leaders of Consul and Nomad, each in quotes; nothing in them where there is none. */
export const leadersOf = (node: LabNode): Promise<string> =>
  on(node, 'for port in 8500 4646; do curl -s -m 5 http://127.0.0.1:$port/v1/status/leader; done');
