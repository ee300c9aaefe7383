import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../bench/servers.js';
import type { LabNode, SshOptions } from '../lab-node.js';
import type { Lab } from '../open-lab.js';
import { must, type Outcome } from '../run-command.js';
import { standInForCgroups } from './stand-in-cgroups.js';

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const PARTS = process.env.TWIN_PARTS ?? join(cache, 'twin/parts');

/** Where nodes see this machine's programs, so that none is compiled on them. */
const ON_NODE = '/srv/twin-parts';
export const SHARE = [{ from: PARTS, to: ON_NODE }];

const HOME = process.env.TWIN_HOME ?? join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'twin');
/** The same, with this machine's engines and models. */
export const SHARE_ALL = [...SHARE, { from: HOME, to: '/srv/twin-home' }];

/** Gives a node copies of engines and models, as an earlier run of bootstrap.sh would have left them; keys and state stay here. */
export async function putEngines(node: LabNode): Promise<void> {
  const to = '.local/share/twin';
  const { code, stderr } = await node.ssh(
    `mkdir -p ${to} && cp -a /srv/twin-home/engines /srv/twin-home/models ${to}/`,
  );
  if (code !== 0) throw new Error(`${node.name}: ${stderr}`);
}

/** Builds what nodes will find there, where it is missing. */
export async function buildParts(): Promise<void> {
  await must([join(ROOT, 'testing/parts/parts.sh'), '--only', 'consul,nomad']);
}

/** Puts a clone of the work tree into the user's home folder on a node, and makes the node one on which Nomad starts tasks. */
export async function putClone(lab: Lab, node: LabNode, user: 'root' | 'person' = 'root'): Promise<void> {
  const unpack = `${lab.network.inside.map(quoted).join(' ')} ssh -F '${lab.folder}/ssh_config' -l ${user} ${node.name}`;
  const pack = 'git ls-files -co --exclude-standard -z | tar --null -T - -c';
  await must(['bash', '-o', 'pipefail', '-c', `${pack} | ${unpack} 'mkdir -p twin && tar -x -C twin'`], { cwd: ROOT });
  await standInForCgroups(node);
  const { code, stderr } = await node.ssh("printf -- '---\\nnomad_raw_exec: true\\n' >twin/group_vars/local.yaml", {
    user,
  });
  if (code !== 0) throw new Error(`${node.name}: ${stderr}`);
}

const quoted = (word: string): string => `'${word}'`;

/** Runs bootstrap.sh of the clone on a node. */
export function bootstrapOn(
  node: LabNode,
  args: string,
  options: SshOptions & { token?: string } = {},
): Promise<Outcome> {
  const { token, ...rest } = options;
  const settings = `TWIN_PARTS=${ON_NODE} ANSIBLE_NOCOLOR=1 ${token ? `TWIN_JOIN_TOKEN=${token}` : ''}`;
  return node.ssh(`cd twin && ${settings} ./bootstrap.sh ${args}`, rest);
}

/** Runs it until its output shows `sign`, then cuts the node's power (or that of `victim`), and waits until all is quiet. */
export async function cutPowerAt(
  node: LabNode,
  args: string,
  options: SshOptions & { token?: string; sign: RegExp; victim?: LabNode },
): Promise<void> {
  const { sign, victim = node, ...rest } = options;
  let text = '';
  let cut: Promise<void> | undefined;
  const look = (chunk: string): void => {
    text += chunk;
    if (sign.test(text)) cut ??= victim.kill();
  };
  await bootstrapOn(node, args, { ...rest, onOutput: look });
  if (!cut) throw new Error(`${node.name} ended before ${sign} was seen:\n${text}`);
  await cut;
  await victim.start();
}
