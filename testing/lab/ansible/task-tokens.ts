import type { LabNode } from '../lab-node.js';
import { type Call, on, statuses } from './on-node.js';

/**
 * Status codes that the servers answer with when a running task of ours asks, with the tokens that Nomad gave it.
 * @param program what its command line ends with
 */
export async function asTask(node: LabNode, program: string, calls: readonly Call[]): Promise<number[]> {
  const folder = '/root/task-tokens';
  const read = (name: string): string =>
    `tr '\\0' '\\n' </proc/$process/environ | sed -n 's/^${name}=//p' >${folder}/${name}`;
  await on(
    node,
    `umask 077; mkdir -p ${folder}; process=$(pgrep -f '${program}$' | head -1); ${read('CONSUL_HTTP_TOKEN')}; ${read('NOMAD_TOKEN')}`,
  );
  try {
    const codes: number[] = [];
    for (const call of calls) {
      const token = call.path.startsWith('consul/') ? 'CONSUL_HTTP_TOKEN' : 'NOMAD_TOKEN';
      codes.push(...(await statuses(node, [call], `${folder}/${token}`)));
    }
    return codes;
  } finally {
    await node.ssh(`rm -r ${folder}`);
  }
}
