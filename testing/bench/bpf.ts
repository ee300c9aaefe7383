/** What the traffic monitor of the power agent costs: `npm run bench:bpf`, as root. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { realClock } from '@twin/hashi/clock.js';
import { BpfProbe } from '@twin/power-agent/bpf-probe.js';
import { beginIdle, observe } from '@twin/power-agent/idle.js';
import { frame } from '../power/frames.js';
import { isRoot, TwoNetworks, WHY_NOT } from '../power/two-networks.js';
import { quantile } from './quantiles.js';
import { atLeast, atMost, type Figure, finish } from './report.js';
import { ROOT } from './servers.js';

const RATE = 50_000;
const SECONDS = 3;
const ROUNDS = 9;
const TICKS = 100;
const STATS = '/proc/sys/kernel/bpf_stats_enabled';
const [WATCHED, PORT] = [8080, 9000];

if (!isRoot) {
  process.stderr.write(`bench:bpf ${WHY_NOT}.\n`);
  process.exit(1);
}
/** Of one round; a busy machine spoils some rounds, not the median of all. */
type Cost = { ns: number; rate: number; share: number };
const networks = await TwoNetworks.open();
const before = await readFile(STATS, 'utf8');
const [costs, ratios]: [Cost[], number[]] = [[], []];
try {
  for (let round = 0; round < ROUNDS; round++) {
    await writeFile(STATS, '1');
    costs.push(await cost());
    await writeFile(STATS, before);
    ratios.push(await throughput(round % 2 === 0));
  }
} finally {
  await writeFile(STATS, before);
  await networks.close();
}
await finish('bpf', figures(), {
  quick: false,
  json: process.argv.includes('--json'),
  file: join(ROOT, 'out', 'bench-bpf.json'),
});

/** CPU seconds of a process so far. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function open(): Promise<BpfProbe> {
  const settings = {
    tickMs: 1000,
    clusterNetworks: ['10.78.0.0/24'],
    wakeClasses: ['cluster' as const],
    probes: ['GET /health'],
    interfaces: [networks.link],
    clock: realClock,
  };
  return BpfProbe.open(networks.loader({ pins: false }), settings, new AbortController().signal);
}

/** Requests to a watched port at a steady rate; the agent samples and judges once a second. */
async function cost(): Promise<Cost> {
  const stop = new AbortController();
  const probe = await open();
  await probe.aim(new Map([[WATCHED, 'watch']]));
  const runs: { runs: number; runNs: number }[] = [];
  let idle = beginIdle(realClock.now());
  const rules = { idleMs: 1_800_000, checkBytes: 128, checkPorts: new Set<number>() };
  const reading = (async () => {
    for await (const event of probe.events(stop.signal)) {
      if (event.kind !== 'sample') continue;
      idle = observe(idle, event.sample, new Set([WATCHED]), rules);
      if (event.cost) runs.push(event.cost);
    }
  })();
  const busy = frame({
    from: '10.78.0.1',
    to: '10.78.0.2',
    port: WATCHED,
    payload: 'POST /v1/chat/completions HTTP/1.1\r\n\r\n{}',
  });
  await networks.send(busy, 1000);
  const pid = probe.pid as number;
  const [own, loaded, began] = [process.cpuUsage(), await cpuSeconds(pid), performance.now()];
  await networks.send(busy, RATE * SECONDS, RATE);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(own);
  const loader = (await cpuSeconds(pid)) - loaded;
  await pause(1500);
  stop.abort();
  await reading;
  await probe.close();
  const [first, last] = [runs[0], runs.at(-1)];
  const packets = (last?.runs ?? 0) - (first?.runs ?? 0);
  const ns = ((last?.runNs ?? 0) - (first?.runNs ?? 0)) / packets;
  const share = (((user + system) / 1e6 + loader) / seconds) * 100;
  return { ns, rate: (RATE * SECONDS) / seconds, share };
}

/** Bytes a second of one TCP stream to a port that is watched, with the monitor by without it. */
async function throughput(withFirst: boolean): Promise<number> {
  const watched = async (): Promise<number> => {
    const probe = await open();
    try {
      await probe.aim(new Map([[PORT, 'watch']]));
      return await stream();
    } finally {
      await probe.close();
    }
  };
  if (!withFirst) {
    const without = await stream();
    return (await watched()) / without;
  }
  const withIt = await watched();
  return withIt / (await stream());
}

function figures(): Figure[] {
  const [ns, rates, shares] = (['ns', 'rate', 'share'] as const).map((of) => costs.map((one) => one[of]));
  const sent = quantile(rates as number[], 0.5);
  const median = quantile(ns as number[], 0.5);
  return [
    {
      name: `ns a packet with payload to a watched port, in the kernel, median of ${ROUNDS} rounds`,
      value: `${Math.round(median)} ns (${Math.round(Math.min(...(ns as number[])))}–${Math.round(Math.max(...(ns as number[])))})`,
      goal: '–',
      met: null,
    },
    {
      name: 'packets a second while it was measured, median',
      value: `${Math.round(sent)}`,
      goal: `${RATE}`,
      met: sent > RATE * 0.9,
    },
    atMost(
      `agent and loader, share of one core at that rate, median of ${ROUNDS}`,
      quantile(shares as number[], 0.5),
      1,
      '%',
      shares,
    ),
    {
      name: 'the program in the kernel, share of one core at 50 000 packets/s',
      value: `${((median * RATE) / 1e7).toFixed(2)} %`,
      goal: '–',
      met: null,
    },
    atLeast(
      `one TCP stream with it / without, median of ${ROUNDS} pairs in turn`,
      quantile(ratios, 0.5),
      0.95,
      '×',
      ratios,
    ),
  ];
}

async function stream(): Promise<number> {
  const sink = `require('net').createServer((s) => { let n = 0; const t = performance.now(); s.on('data', (d) => { n += d.length; });
    s.on('close', () => { console.log(n / (performance.now() - t)); process.exit(); }); s.on('error', () => {}); })
    .listen(${PORT}, '${networks.serverAddress}', () => console.log('listens'))`;
  const source = `const s = require('net').connect(${PORT}, '${networks.serverAddress}'); const b = Buffer.alloc(65536);
    const send = () => { while (s.write(b)); }; s.on('drain', send).on('connect', send); setTimeout(() => { s.destroy(); process.exit(); }, 1500)`;
  const server = networks.node('server', sink);
  let speed = 0;
  try {
    for await (const line of server.lines) {
      if (line === 'listens')
        await promisify(execFile)('ip', [...networks.in('client').slice(1), process.execPath, '-e', source]);
      else speed = Number(line);
    }
  } finally {
    await server.stop();
  }
  return speed;
}
