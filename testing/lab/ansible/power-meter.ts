import type { LabNode } from '../lab-node.js';
import type { Nap } from '../suspend.js';
import { on } from './on-node.js';

/** Watts from a moment on, ms since 1970. */
export type Watts = { at: number; watts: number };

const FILE = '/var/tmp/watts';
const HOUR_MS = 3_600_000;

/** From now on a machine writes down several times a second what its power agent says that it draws. */
export async function keepWatts(node: LabNode): Promise<void> {
  const read = "curl -s -m 1 http://127.0.0.1:9464/metrics | sed -n 's/^twin_power_watts //p'";
  const loop = `while :; do echo $(date +%s%3N) $(${read}) >>${FILE}; sleep 0.2; done`;
  await on(node, `systemd-run --quiet --unit=watts sh -c "${loop.replaceAll('$', '\\$')}"`);
}

/** What was written down; moments without an answer are left out. */
export async function watts(node: LabNode): Promise<Watts[]> {
  const lines = (await on(node, `cat ${FILE}`)).split('\n').map((line) => line.split(' ').map(Number));
  return lines.flatMap(([at = 0, drawn]) => (drawn ? [{ at, watts: drawn }] : []));
}

/** When what a machine draws changed, and when it slept, in seconds after a moment; for people. */
export function timeline(samples: readonly Watts[], naps: readonly Nap[], from: number): string {
  const seconds = (at: number): string => `${((at - from) / 1000).toFixed(1)} s`;
  const changes = samples.filter(({ watts: drawn }, i) => drawn !== samples[i - 1]?.watts);
  const words = [
    ...changes.map(({ at, watts: drawn }) => ({ at, text: `${drawn} W` })),
    ...naps.flatMap(({ from: fell, until: woke }) => [
      { at: fell, text: 'sleeps' },
      ...(woke === undefined ? [] : [{ at: woke, text: 'is back' }]),
    ]),
  ];
  return words
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${seconds(at)} ${text}`)
    .join(', ');
}

/** Watt-hours between two moments; while a machine was suspended it drew what suspended machines draw. */
export function integralWh(
  samples: readonly Watts[],
  { from, to, naps, suspended }: { from: number; to: number; naps: readonly Nap[]; suspended: number },
): number {
  const changes: Watts[] = [...samples];
  for (const nap of naps) {
    const { from: fell, until: woke = to } = nap;
    const first = samples.find(({ at }) => at >= woke);
    changes.push({ at: fell, watts: suspended }, { at: woke, watts: first?.watts ?? suspended });
  }
  const napping = (at: number): boolean => naps.some((nap) => at > nap.from && at < (nap.until ?? to));
  const steps = changes.filter(({ at }) => !napping(at)).sort((a, b) => a.at - b.at);
  let all = 0;
  for (const [i, step] of steps.entries()) {
    const begin = Math.max(from, step.at);
    const end = Math.min(to, steps[i + 1]?.at ?? to);
    if (end > begin) all += (step.watts * (end - begin)) / HOUR_MS;
  }
  return all;
}
