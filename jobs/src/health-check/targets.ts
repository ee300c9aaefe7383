import type { Instance } from '../consul-agent.js';

/** One line of the check: an instance to probe, or an expert of which the cluster knows only words. */
export type Target =
  | { kind: 'instance'; expert: string; instance: Instance }
  | { kind: 'asleep'; expert: string }
  | { kind: 'absent'; expert: string; why: string };

/** What Consul's key-value store says about one expert (`pipecat/experts/<expert>`). */
export type ExpertState = { model?: string; error?: string };

const SERVICE = 'llama-api-';

/**
 * Every expert that there is, or should be: those with instances in Consul, those that are asleep (`pipecat/power/<service>`
 * holds `state=asleep`, as text or JSON), and those that left a state behind and have no instance.
 */
export function targets(
  services: ReadonlyMap<string, readonly Instance[]>,
  power: ReadonlyMap<string, string>,
  experts: ReadonlyMap<string, string>,
): Target[] {
  const found: Target[] = [];
  for (const [service, instances] of services) {
    const expert = service.slice(SERVICE.length);
    for (const instance of instances) found.push({ kind: 'instance', expert, instance });
  }
  const seen = new Set(found.map(({ expert }) => expert));
  for (const [key, value] of power) {
    const expert = /^pipecat\/power\/llama-api-([^/]+)(\/state)?$/.exec(key)?.[1];
    if (!expert || seen.has(expert) || !saysAsleep(value)) continue;
    seen.add(expert);
    found.push({ kind: 'asleep', expert });
  }
  for (const [key, value] of experts) {
    const expert = /^pipecat\/experts\/([^/]+)$/.exec(key)?.[1];
    if (!expert || seen.has(expert)) continue;
    const state = parse(value) as ExpertState | undefined;
    found.push({ kind: 'absent', expert, why: firstLine(state?.error) || 'it has no instance in Consul' });
  }
  return found.sort((a, b) => (a.expert < b.expert ? -1 : a.expert > b.expert ? 1 : 0));
}

function saysAsleep(value: string): boolean {
  const state = parse(value) as { state?: string } | undefined;
  return state?.state === 'asleep' || /^(state=)?asleep$/.test(value.trim());
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstLine(text: string | undefined): string {
  return text?.split('\n')[0] ?? '';
}
