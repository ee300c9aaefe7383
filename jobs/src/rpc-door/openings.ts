import { isIPv4 } from 'node:net';
import type { Instance } from '../consul-agent.js';

/** Who may connect to a port of this node: `address` of the head of an expert. */
export type Opening = { address: string; port: number };

/** How a job names the service of its RPC workers and that of its head; `jobs/llama-expert.nomad.hcl` has both. */
const WORKER = /^(.+)-rpc$/;

/** The service of the head to whose workers `service` belongs; undefined when they are no workers. */
export function headOf(service: string): string | undefined {
  const job = WORKER.exec(service)?.[1];
  return job === undefined ? undefined : `${job}-head`;
}

/**
 * What has to be open here: each worker's port for each instance of its own head. What is no address or no port is left out, because it
 * becomes a rule of the firewall.
 * @param workers services of this node, by name
 * @param heads instances of the heads, by the name of their service
 */
export function openings(
  workers: readonly { name: string; port: number }[],
  heads: ReadonlyMap<string, readonly Pick<Instance, 'address'>[]>,
): Opening[] {
  const found = new Map<string, Opening>();
  for (const { name, port } of workers) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) continue;
    for (const { address } of heads.get(headOf(name) ?? '') ?? [])
      if (isIPv4(address)) found.set(`${address}.${port}`, { address, port });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, opening]) => opening);
}

/** Lines for `nft -f -` that make the set hold these and nothing else, in one step. */
export function rules(openings: readonly Opening[]): string {
  const set = 'inet twin rpc_heads';
  const elements = openings.map(({ address, port }) => `${address} . ${port}`).join(', ');
  return `flush set ${set}\n${elements === '' ? '' : `add element ${set} { ${elements} }\n`}`;
}
