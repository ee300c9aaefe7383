import type { LabNode } from '../lab-node.js';
import { asManager } from './on-node.js';

/** Everything below a prefix of Consul's key-value store, read as JSON. */
export async function keysOf(manager: LabNode, prefix: string): Promise<Map<string, unknown>> {
  const address = `http://127.0.0.1:8500/v1/kv/${prefix}?recurse`;
  const text = await asManager(manager, `curl -s -H "X-Consul-Token: $CONSUL_HTTP_TOKEN" '${address}'`);
  const entries = text === '' ? [] : (JSON.parse(text) as { Key: string; Value: string | null }[]);
  return new Map(
    entries.map(({ Key, Value }) => [Key, JSON.parse(Buffer.from(Value ?? '', 'base64').toString() || 'null')]),
  );
}

/** As `pipecat/resources/power-history/<node>` keeps it. */
export type Change = { of: string; state: string; at: number };

/** Declared watts of a node that is on and of one that is not: what `power-agent/src/config.ts` takes without settings. */
export const draws = { on: 40, off: 3 };

/** Watt-hours of a node from the first it tells until then, by its own history alone; of the day on which it ends. */
export function integral(changes: readonly Change[], until: number, { on, off }: typeof draws): number {
  const own = changes.filter((change) => change.of === 'node').sort((a, b) => a.at - b.at);
  const midnight = Math.floor(until / 86_400_000) * 86_400_000;
  return own.reduce((sum, { state, at }, index) => {
    const [from, to] = [Math.max(at, midnight), Math.max(own[index + 1]?.at ?? until, midnight)];
    return sum + ((state === 'off' ? off : on) * (to - from)) / 3_600_000;
  }, 0);
}
