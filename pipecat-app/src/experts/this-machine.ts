import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { TwinError } from '../errors.js';
import { cpuClass } from '../models/cpu-class.js';
import type { PlanNode } from './plan-types.js';

/** Physical cores that `cpuinfo` (the text of /proc/cpuinfo) describes; hyper-threads of a core count once. */
export function physicalCores(cpuinfo: string): number {
  const cores = new Set<string>();
  let processors = 0;
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    if (!/^processor\s*:/m.test(block)) continue;
    const field = (name: string): string | undefined => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(block)?.[1];
    cores.add(`${field('physical id') ?? ''}/${field('core id') ?? processors}`);
    processors++;
  }
  return Math.max(1, cores.size);
}

/** Memory that `meminfo` (the text of /proc/meminfo) describes, MiB. */
export function ramMb(meminfo: string): number {
  return Math.floor(Number(/^MemTotal:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) / 1024);
}

/** More than the last-level cache of an office PC, and little enough for a machine with 2 GB. */
const PROBE_BYTES = 64 << 20;
const PROBE_MS = 300;

/**
 * Memory bandwidth of this machine, 10^9 bytes per second: the best of the copies of a large buffer that fit into about
 * 0.3 s. A copy reads and writes every byte. One thread, so a machine with many channels can do more.
 */
export function measureBandwidth(now: () => number = () => performance.now()): number {
  const from = Buffer.alloc(PROBE_BYTES, 1);
  const to = Buffer.alloc(PROBE_BYTES, 2);
  const end = now() + PROBE_MS;
  let best = Number.POSITIVE_INFINITY;
  for (let at = now(); at < end; ) {
    from.copy(to);
    const done = now();
    best = Math.min(best, done - at);
    at = done;
  }
  return (2 * PROBE_BYTES) / (best / 1000) / 1e9;
}

/**
 * This machine as the planner sees it, with the agent on it; takes about 0.3 s.
 * @throws TwinError `TWIN_INVENTORY` where there is no /proc.
 */
export function thisMachine(): PlanNode {
  let cpuinfo: string;
  let meminfo: string;
  try {
    cpuinfo = readFileSync('/proc/cpuinfo', 'utf8');
    meminfo = readFileSync('/proc/meminfo', 'utf8');
  } catch (cause) {
    throw new TwinError('TWIN_INVENTORY', 'This machine does not say what it is made of (no /proc).', {
      next: 'Describe it in a file and give that with --inventory.',
      cause,
    });
  }
  return {
    name: hostname(),
    ramMb: ramMb(meminfo),
    cores: physicalCores(cpuinfo),
    cpu: cpuClass(cpuinfo),
    bandwidthGbs: measureBandwidth(),
    linkMbps: 1000,
    roundTripMs: 0.5,
    agent: true,
  };
}
