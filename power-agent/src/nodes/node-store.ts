import type { Consul } from '@twin/hashi/consul.js';
import { type NodeState, nodeState, nodeStateKey } from '@twin/hashi/power/node-kv.js';
import { parsed } from '@twin/hashi/power/power-kv.js';
import { PowerAgentError } from '../errors.js';

/** The states of nodes in Consul. */
export class NodeStore {
  constructor(private readonly kv: Pick<Consul['kv'], 'get' | 'put'>) {}

  /** With what a check-and-set compares; index 0: there is none. */
  async read(node: string, signal: AbortSignal): Promise<{ state: NodeState | undefined; index: number }> {
    const entry = await this.kv.get(nodeStateKey(node), { signal });
    return { state: nodeState.safeParse(parsed(entry?.value ?? '')).data, index: entry?.modifyIndex ?? 0 };
  }

  /** @throws PowerAgentError `TWIN_POWER_NODE` when somebody has changed it since `cas`; left out: whatever is there */
  async write(node: string, state: NodeState, cas: number | undefined, signal: AbortSignal): Promise<void> {
    const how = cas === undefined ? { signal } : { signal, cas };
    if (await this.kv.put(nodeStateKey(node), JSON.stringify(state), how)) return;
    throw new PowerAgentError('TWIN_POWER_NODE', `Somebody else is changing the node ${node} at this moment.`, {
      next: 'Nothing: it is looked at again.',
    });
  }
}
