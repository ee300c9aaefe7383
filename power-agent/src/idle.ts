import { noTraffic, type PortTraffic, type Sample, trafficKey } from './traffic.js';

export type IdleRules = {
  /** Without work for this long it is idle. */
  idleMs: number;
  /**
   * Payload that does not begin like a request is a check as long as a connection from the cluster or this machine brings
   * no more of it than this, in bytes a tick.
   */
  checkBytes: number;
  /** Ports that only checks and scrapes come to. */
  checkPorts: ReadonlySet<number>;
};

/** What is known of the work of one service on one node. */
export type Idle = {
  state: 'busy' | 'idle';
  /** When the last work came in, by the clock of the samples; at first when watching began. */
  worked: number;
  /** What that work was. */
  reason: string;
  /** Requests since watching began. */
  requests: number;
  /** Undefined until the first sample. */
  counted: ReadonlyMap<string, PortTraffic> | undefined;
};

/** It may have worked until the moment before. */
export const beginIdle = (at: number): Idle => ({
  state: 'busy',
  worked: at,
  reason: 'watched since then',
  requests: 0,
  counted: undefined,
});

/**
 * What a sample changes. One request makes it busy at once; only `idleMs` without any make it idle again. Health checks,
 * scrapes and the checks of Consul are no work. Counts that went back say that something was missed: that is taken for work.
 * @param ports those of the service; the others of the sample are not its own
 */
export function observe(idle: Idle, sample: Sample, ports: ReadonlySet<number>, rules: IdleRules): Idle {
  const counted = new Map(idle.counted);
  let [reason, { requests }] = ['', idle];
  for (const now of sample.traffic) {
    if (!ports.has(now.port)) continue;
    const key = trafficKey(now);
    const before = counted.get(key) ?? noTraffic(now.port, now.class, now.protocol);
    counted.set(key, now);
    // The first sample tells of the time before; a port that appears later begins at none.
    if (idle.counted === undefined) continue;
    reason ||= workIn(before, now, rules);
    if (now.class !== 'own') requests += Math.max(0, now.requests - before.requests);
  }
  const worked = reason === '' ? idle.worked : sample.at;
  return {
    state: sample.at - worked >= rules.idleMs ? 'idle' : 'busy',
    worked,
    reason: reason || idle.reason,
    requests,
    counted,
  };
}

/** What of the difference between two counts is work, in words; empty when nothing is. */
export function workIn(before: PortTraffic, now: PortTraffic, rules: IdleRules): string {
  const grown = (
    field: 'packets' | 'payloadPackets' | 'payloadBytes' | 'probes' | 'probeBytes' | 'requests' | 'syns',
  ) => now[field] - before[field];
  const where = `port ${now.port} from ${now.class}`;
  if (grown('packets') < 0 || grown('requests') < 0) return `counts of ${where} began anew`;
  if (rules.checkPorts.has(now.port) || now.class === 'own') return '';
  if (grown('requests') > 0) return `a request to ${where}`;
  const bytes = grown('payloadBytes') - grown('probeBytes');
  if (grown('payloadPackets') - grown('probes') <= 0 || bytes <= 0) return '';
  const small = now.class !== 'other' && bytes <= rules.checkBytes * Math.max(1, grown('syns'));
  return small ? '' : `${bytes} bytes to ${where}`;
}
