import type { PowerLease, PowerPolicy, PowerSeen, PowerState } from '@twin/hashi/power/power-kv.js';
import { neverSleeps } from '@twin/hashi/power/sleepable.js';

/** Why somebody wants a service awake. */
export type WakeOrder = { by: 'request' | 'syn' | 'tool' | 'schedule'; detail: string };

/** One service as the whole cluster sees it; times in ms since 1970. */
export type ServiceView = {
  service: string;
  job: string;
  state: PowerState['state'];
  /** When it came into its state; 0 when nobody knows. */
  since: number;
  /** Seconds without work until it sleeps; 0 never. */
  idleSeconds: number;
  policy: PowerPolicy;
  leases: readonly PowerLease[];
  /** Each node that has an instance, and what its agent last saw; undefined where no agent tells. */
  nodes: ReadonlyMap<string, PowerSeen | undefined>;
  /** Requests that are being answered now, as far as the instances tell. */
  working: number;
  /** Instances that may be missing without harm; undefined where one is as good as none. */
  quorum?: { alive: number; least: number } | undefined;
  orders: readonly WakeOrder[];
  /** When it was put to sleep lately. */
  slept: readonly number[];
};

export type PolicyRules = {
  /** Shortest time awake, unless the service's own policy says otherwise. */
  minAwakeMs: number;
  sleepsPerHour: number;
  /** What an agent saw longer ago than this says nothing of now. */
  staleMs: number;
  /** Longest idle time in quiet hours, and with the budget used up. */
  hurriedIdleMs: number;
};

export type Surroundings = {
  now: number;
  quiet: boolean;
  overBudget: boolean;
  rules: PolicyRules;
};

/** What to do with a service, and why, in words that complete "It is awake (or asleep) because …". */
export type Decision = { act: 'keep' | 'sleep' | 'wake'; reason: string };

/** Why a service is awake or asleep. */
export type Verdict = Decision & { service: string; state: string; idleSeconds: number };

export const HOUR_MS = 3_600_000;
const keep = (reason: string): Decision => ({ act: 'keep', reason });

/** Keep, sleep or wake. Whatever is not known speaks for keeping. */
export function decide(view: ServiceView, around: Surroundings): Decision {
  if (neverSleeps(view.service) || neverSleeps(view.job)) return keep('it holds the cluster up and never sleeps');
  if (view.state === 'waking') return keep('it is being woken');
  return view.state === 'asleep' ? whetherToWake(view, around) : whetherToSleep(view, around);
}

function whetherToWake({ orders, leases }: ServiceView, { now, quiet, overBudget }: Surroundings): Decision {
  const lease = leases.find(({ until }) => until > now);
  if (lease) return { act: 'wake', reason: `${lease.by} holds a lease` };
  // People do not wait for a clock or a budget; only what nobody asked for does.
  const order = orders.find(({ by }) => by !== 'schedule') ?? orders[0];
  if (order === undefined) return keep('nobody needs it');
  if (order.by === 'schedule' && quiet) return keep('a schedule does not wake it in quiet hours');
  if (order.by === 'schedule' && overBudget) return keep("a schedule does not wake it while today's energy is used up");
  return { act: 'wake', reason: order.detail };
}

function whetherToSleep(view: ServiceView, { now, quiet, overBudget, rules }: Surroundings): Decision {
  const { policy, idleSeconds, leases, working, quorum, nodes, orders } = view;
  if (policy.sleep === false) return keep('its policy keeps it awake');
  if (idleSeconds === 0) return keep('its idle time is 0, which is never');
  const lease = leases.find(({ until }) => until > now);
  if (lease) return keep(`${lease.by} holds a lease`);
  if (working > 0) return keep(`it answers ${working} ${working === 1 ? 'request' : 'requests'}`);
  if (orders[0]) return keep(orders[0].detail);
  if (quorum && quorum.alive - 1 < quorum.least) return keep('it is the last of its quorum');
  const minAwakeMs = policy.min_awake_seconds === undefined ? rules.minAwakeMs : policy.min_awake_seconds * 1000;
  if (now - view.since < minAwakeMs) return keep(`it has been awake for less than ${seconds(minAwakeMs)}`);
  const sleeps = view.slept.filter((at) => now - at < HOUR_MS).length;
  if (sleeps >= rules.sleepsPerHour) return keep(`it slept ${sleeps} times within an hour already`);
  const sight = seenByAll(nodes, now, rules.staleMs);
  if (typeof sight === 'string') return keep(sight);
  const hurried = quiet || overBudget;
  const idleMs = hurried ? Math.min(idleSeconds * 1000, rules.hurriedIdleMs) : idleSeconds * 1000;
  const idle = now - sight;
  if (idle < idleMs) return keep(`it worked ${seconds(idle)} ago, and sleeps after ${seconds(idleMs)}`);
  const why = overBudget ? "; today's energy is used up" : quiet ? '; these are quiet hours' : '';
  return { act: 'sleep', reason: `nobody used it for ${seconds(idle)}${why}` };
}

/** When it last worked on any node, or why that is not known. */
function seenByAll(nodes: ServiceView['nodes'], now: number, staleMs: number): number | string {
  if (nodes.size === 0) return 'no instance of it is known';
  let worked = 0;
  for (const [node, seen] of nodes) {
    if (seen === undefined) return `no power agent tells of its traffic on ${node}`;
    if (!seen.sees) return `its traffic on ${node} cannot be told from silence`;
    if (now - seen.at > staleMs) return `the power agent on ${node} is silent`;
    worked = Math.max(worked, seen.worked);
  }
  return worked;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
