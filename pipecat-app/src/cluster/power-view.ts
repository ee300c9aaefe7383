import { type NodeEntry, nodeEntries } from '@twin/hashi/power/node-kv.js';
import {
  idleSeconds,
  type PowerPolicy,
  type PowerState,
  parsed,
  powerLease,
  powerPolicy,
  powerStates,
} from '@twin/hashi/power/power-kv.js';
import {
  POWER_HISTORIES,
  POWER_REPORTS,
  type PowerChange,
  type PowerReport,
  powerHistory,
  powerReport,
} from '@twin/hashi/power/power-report.js';
import { EXPERT_SERVICES } from '@twin/hashi/power/sleepable.js';
import type { ExpertView } from '../server/cluster-protocol.js';
import type { PowerMoment, PowerNodeView, PowerServiceView } from '../server/power-protocol.js';
import { type Change, spansOf } from './power-spans.js';

type Entry = { key: string; value: string };
export type PowerSources = {
  /** Below `pipecat/power/`, and what the agents tell. */
  power: readonly Entry[];
  reports: readonly Entry[];
  histories: readonly Entry[];
  experts: readonly Pick<ExpertView, 'name' | 'job' | 'state' | 'place'>[];
  /** ms since 1970 */
  now: number;
};
type Told = {
  reports: ReadonlyMap<string, PowerReport>;
  fresh: ReadonlyMap<string, PowerReport>;
  changes: readonly PowerChange[];
};

export const DAY_MS = 86_400_000;
/** An agent tells every 5 s. */
const STALE_MS = 30_000;

/** Services that may sleep and nodes, as people see them, out of what Consul keeps. */
export function powerView(sources: PowerSources): {
  agents: number;
  services: PowerServiceView[];
  nodes: PowerNodeView[];
} {
  const reports = read(sources.reports, POWER_REPORTS, (value) => powerReport.safeParse(value).data);
  const fresh = new Map([...reports].filter(([, { at }]) => sources.now - at < STALE_MS));
  const histories = read(sources.histories, POWER_HISTORIES, (value) => powerHistory.safeParse(value).data);
  const entries = nodeEntries(sources.power);
  const told = { reports, fresh, changes: [...histories.values()].flatMap(({ changes }) => changes) };
  return {
    agents: fresh.size,
    services: namesOf(sources, told).map((service) => serviceView(service, sources, told)),
    nodes: [...reports].map(([node, report]) => nodeView(node, report, entries.get(node), sources.now, told)),
  };
}

function namesOf({ power, experts }: PowerSources, { fresh }: Told): string[] {
  const keyed = power.flatMap(
    ({ key }) => /^pipecat\/power\/([^/]+)\/(?:state|idle_seconds|policy)$/.exec(key)?.[1] ?? [],
  );
  const known = experts
    .filter(({ place, job }) => place === 'cluster' && job !== '')
    .map(({ name }) => EXPERT_SERVICES + name);
  const decided = [...fresh.values()].flatMap(({ services }) => services.map(({ service }) => service));
  return [...new Set([...keyed, ...known, ...decided])].sort();
}

function serviceView(
  service: string,
  { power, experts, now }: PowerSources,
  { fresh, changes }: Told,
): PowerServiceView {
  const value = (what: string): string | undefined =>
    power.find(({ key }) => key === `pipecat/power/${service}/${what}`)?.value;
  const kept = powerStates(power).get(service);
  const expert = experts.find(({ name, place }) => place === 'cluster' && EXPERT_SERVICES + name === service);
  const verdict = [...fresh.values()].flatMap(({ services }) => services).find((one) => one.service === service);
  const threshold = idleSeconds.safeParse(value('idle_seconds') ?? 'none').data;
  const policy: PowerPolicy = powerPolicy.safeParse(parsed(value('policy') ?? '')).data ?? {};
  const state = kept?.state ?? 'awake';
  const all = [...fresh.values()];
  const answers = all.map((report) => report.answers[service]).filter((count) => count !== undefined);
  return {
    service,
    name: service.startsWith(EXPERT_SERVICES) ? service.slice(EXPERT_SERVICES.length) : service,
    job: expert?.job || (kept?.job ?? ''),
    state,
    reason: verdict?.state === state ? verdict.reason : '',
    idle_seconds: threshold ?? verdict?.idle_seconds ?? null,
    own_threshold: threshold !== undefined,
    may_sleep: policy.sleep !== false,
    wake_at: policy.wake_at ?? '',
    min_awake_seconds: policy.min_awake_seconds ?? null,
    leases: leasesOf(service, power, now),
    wh: all.reduce((sum, { shares }) => sum + (shares[service] ?? 0), 0),
    answers: answers.length === 0 ? null : answers.reduce((sum, count) => sum + count, 0),
    spans: spansOf([...ofService(service, changes), ...current(kept)], now - DAY_MS, now),
  };
}

const ofService = (service: string, changes: readonly PowerChange[]): PowerChange[] =>
  changes.filter(({ of, name }) => of === 'service' && name === service);

/** What the key itself says: it is newer than what agents have told, and there without any. */
const current = (kept: PowerState | undefined): Change[] =>
  kept === undefined ? [] : [{ state: kept.state, at: kept.at, why: `by ${kept.by}` }];

function leasesOf(service: string, power: readonly Entry[], now: number): PowerServiceView['leases'] {
  return power
    .filter(({ key }) => key.startsWith(`pipecat/power/${service}/lease/`))
    .flatMap(({ value }) => powerLease.safeParse(parsed(value)).data ?? [])
    .filter(({ until }) => until > now);
}

function nodeView(
  node: string,
  report: PowerReport,
  entry: NodeEntry | undefined,
  now: number,
  { fresh, changes }: Told,
): PowerNodeView {
  const kept = entry?.state;
  const alive = fresh.has(node);
  const state: PowerMoment =
    kept?.state === 'waking' ? 'waking' : alive ? 'awake' : kept?.state === 'off' ? 'off' : 'silent';
  const own = changes.filter(({ of, name }) => of === 'node' && name === node);
  const words = alive ? report.words : state === 'silent' ? SILENT : (kept?.reason ?? '');
  const newest: Change[] =
    state === 'awake' ? [] : [{ state, at: state === 'silent' ? report.at : (kept?.at ?? report.at), why: words }];
  return {
    node,
    state,
    words,
    sees: alive && report.sees,
    wh: report.used_wh,
    budget_wh: report.budget_wh,
    quiet_hours: report.quiet_hours,
    quiet: alive && report.quiet,
    wol: entry?.policy?.wol === true,
    spans: spansOf([...own, ...newest], now - DAY_MS, now),
  };
}

const SILENT =
  'Its power agent does not tell any more. Is the node switched on, and does the job power-agent run there?';

function read<T>(entries: readonly Entry[], prefix: string, as: (value: unknown) => T | undefined): Map<string, T> {
  const all = entries.map(({ key, value }) => [key.slice(prefix.length), as(parsed(value))] as const);
  return new Map(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
