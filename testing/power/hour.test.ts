import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Clock } from '@twin/hashi/clock.js';
import { BpfProbe } from '@twin/power-agent/bpf-probe.js';
import { beginIdle, observe } from '@twin/power-agent/idle.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FrameParts, frame } from './frames.js';
import { isRoot, SENDER, TwoNetworks, WHY_NOT } from './two-networks.js';

const PORT = 8080;
const TICK_MS = 1000;
const IDLE_MS = 1_800_000;
const HOUR_S = 3600;

let networks: TwoNetworks;
beforeEach(({ skip }) => skip(!isRoot, WHY_NOT));
beforeAll(async () => {
  if (isRoot) networks = await TwoNetworks.open();
});
afterAll(() => networks?.close());

const to = { to: '10.78.0.2', port: PORT };
const from = (source: string, payload: string, more: Partial<FrameParts> = {}) =>
  frame({ ...to, from: source, payload, ...more });
/** Consul on this machine, a gateway in the cluster, a scraper from outside. */
const CHECKS = [
  {
    every: 1,
    frames: [from('127.0.0.5', '', { syn: true }), from('127.0.0.5', 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n')],
  },
  {
    every: 5,
    frames: [from('10.78.0.1', '', { syn: true }), from('10.78.0.1', 'GET /slots HTTP/1.1\r\nHost: a\r\n\r\n')],
  },
  { every: 15, frames: [from('203.0.113.4', '', { syn: true }), from('203.0.113.4', 'GET /metrics HTTP/1.1\r\n\r\n')] },
];
const REQUEST = from('10.78.0.1', 'POST /v1/chat/completions HTTP/1.1\r\n\r\n{}');

/** A clock that passes when it is told to. */
class Told implements Clock {
  #now = 0;
  #pending: (() => void) | undefined;
  now = (): number => this.#now;
  sleep(_: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#pending = () => {
        signal.removeEventListener('abort', resolve as () => void);
        resolve();
      };
      signal.addEventListener('abort', resolve as () => void, { once: true });
    });
  }
  pass(ms: number): void {
    this.#now += ms;
    this.#pending?.();
  }
}

/** Sends an hour of real packets, second by second; when the counters of the kernel say that it is idle, in ms. */
async function hour(requestAt: number): Promise<{ idleAt: number | undefined; packets: number; reason: string }> {
  const clock = new Told();
  const stop = new AbortController();
  const settings = {
    ...{ tickMs: TICK_MS, clock, interfaces: [networks.link], wakeClasses: ['cluster' as const] },
    ...{ clusterNetworks: ['10.78.0.0/24'], probes: ['GET /health', 'GET /metrics', 'GET /slots'] },
  };
  const probe = await BpfProbe.open(networks.loader({ pins: false }), settings, stop.signal);
  await probe.aim(new Map([[PORT, 'watch']]));
  const [program, ...args] = [...networks.in('client'), 'python3', '-c', SENDER, networks.link] as [
    string,
    ...string[],
  ];
  const sender = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(sender, 'close');
  const acknowledged = createInterface({ input: sender.stdout })[Symbol.asyncIterator]();
  const send = async (frames: Buffer[]): Promise<void> => {
    sender.stdin.write(frames.map((one) => `1 0 ${one.toString('hex')}\n`).join(''));
    for (const _ of frames) await acknowledged.next();
  };
  const rules = { idleMs: IDLE_MS, checkBytes: 128, checkPorts: new Set<number>() };
  let idle = beginIdle(0);
  let idleAt: number | undefined;
  let packets = 0;
  let second = 0;
  try {
    for await (const event of probe.events(stop.signal)) {
      if (event.kind !== 'sample') throw new Error(JSON.stringify(event));
      idle = observe(idle, event.sample, new Set([PORT]), rules);
      packets = event.sample.traffic.reduce((sum, one) => sum + one.packets, 0);
      if (idle.state === 'idle') idleAt ??= event.sample.at;
      if (++second > HOUR_S) break;
      await send(CHECKS.flatMap(({ every, frames }) => (second % every === 0 ? frames : [])));
      if (second === requestAt) await send([REQUEST]);
      clock.pass(TICK_MS);
    }
  } finally {
    stop.abort();
    sender.stdin.end();
    await ended;
    await probe.close();
  }
  return { idleAt, packets, reason: idle.reason };
}

test('an hour of checks and scrapes from three sources, counted in the kernel: idle on time, give or take one tick', async () => {
  const { idleAt, packets } = await hour(0);
  expect(packets).toBe(2 * (HOUR_S + HOUR_S / 5 + HOUR_S / 15));
  expect(Math.abs((idleAt ?? 0) - IDLE_MS)).toBeLessThanOrEqual(TICK_MS);
  console.log(`${packets} packets of checks; idle after ${(idleAt ?? 0) / 1000} s`);
});

test('the same hour with one request: not idle until its time is over again', async () => {
  const { idleAt, reason } = await hour(1700);
  expect(reason).toBe(`a request to port ${PORT} from cluster`);
  expect(Math.abs((idleAt ?? 0) - (1_700_000 + IDLE_MS))).toBeLessThanOrEqual(2 * TICK_MS);
});
