/**
 * `npm run bench:sessions`: what the framework itself costs. Scripted engines, real speech detector, real WebSocket,
 * 20 ms frames at real time, server in its own process. `docs/decisions/bench.md` defines each figure.
 */
import { parseArgs } from 'node:util';
import type { TurnRecord } from '@twin/pipecat-app/server/protocol.js';
import { type Clip, SPEAKERS, speech } from '../acoustic/render.js';
import { seeded } from '../acoustic/seeded.js';
import type { ChildServer } from './child-server.js';
import { cpuSeconds, residentMiB } from './process-usage.js';
import { type Spread, spread } from './quantiles.js';
import { atMost, type Figure, finish } from './report.js';
import { startScripted } from './servers.js';
import { User } from './user.js';

/** The scripted answer's first sentence has eight words, 5 ms apart. */
const FIRST_CLAUSE_MS = 8 * 5;

/** One session talks for this long before anything counts: by then what is compiled while it runs is compiled. */
const WARM_UP_MS = 60_000;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    file: { type: 'string', default: 'out/bench-sessions.json' },
  },
});
const { quick, json, file } = options;
const levels: [sessions: number, turns: number][] = quick
  ? [
      [1, 4],
      [4, 2],
      [8, 2],
    ]
  : [
      [1, 12],
      [4, 5],
      [8, 4],
      [16, 3],
      [32, 3],
    ];
const bargeIns = quick ? 8 : 30;
const signal = AbortSignal.timeout(quick ? 300_000 : 1_200_000);

/** What the framework adds after the turn is over: everything but the endpoint rule's wait and the script's delays. */
const ownCost = ({ ms }: TurnRecord): number => ms.stt + ms.mind + ms.tts + ms.playout - FIRST_CLAUSE_MS;

/** Spread of every part of the turns, to see where the time goes. */
const stages = (records: readonly TurnRecord[]): Record<string, Spread> =>
  Object.fromEntries(
    (['endpoint', 'stt', 'mind', 'tts', 'playout'] as const).map((part) => [
      part,
      spread(records.map((r) => r.ms[part])),
    ]),
  );

type Level = { sessions: number; own: number[]; records: TurnRecord[]; cpuPerMinute: number; rss: number };

async function level(server: ChildServer, sessions: number, turns: number, clip: Clip): Promise<Level> {
  const random = seeded(sessions);
  const users = await Promise.all(Array.from({ length: sessions }, () => User.join(server, signal)));
  const begun = performance.now();
  const cpu = await cpuSeconds(server.pid);
  const records: TurnRecord[] = [];
  await Promise.all(
    users.map(async (user) => {
      await user.pause(2000 + random() * 2000);
      for (let i = 0; i < turns; i++) records.push((await user.ask(clip)).record);
    }),
  );
  const minutes = (performance.now() - begun) / 60_000;
  const cpuPerMinute = ((await cpuSeconds(server.pid)) - cpu) / minutes / sessions;
  const rss = await residentMiB(server.pid);
  await Promise.all(users.map((user) => user.leave()));
  return { sessions, own: records.map(ownCost), records, cpuPerMinute, rss };
}

async function warmUp(server: ChildServer, clip: Clip): Promise<void> {
  const user = await User.join(server, signal);
  const until = performance.now() + WARM_UP_MS;
  while (performance.now() < until) await user.ask(clip);
  await user.leave();
}

async function interruptions(server: ChildServer, clip: Clip, count: number): Promise<number[]> {
  const random = seeded(7);
  const user = await User.join(server, signal);
  const silent: number[] = [];
  user.mic.say(clip.samples);
  for (let i = 0; i < count; i++) {
    await user.hears(1250 + random() * 750);
    silent.push((await user.interrupt(clip)).silentAfterMs);
  }
  await user.leave();
  return silent;
}

async function measure(server: ChildServer): Promise<Figure[]> {
  const clip = await speech('Tell me something about the weather.', SPEAKERS[0]);
  const say = (text: string): void => void (json || console.log(text));
  await warmUp(server, clip);
  const base = await residentMiB(server.pid);
  say(`warm, no session: ${base.toFixed(0)} MiB`);
  const results: Level[] = [];
  for (const [sessions, turns] of levels) {
    const result = await level(server, sessions, turns, clip);
    const { p50, p95 } = spread(result.own);
    say(
      `${sessions} sessions: own cost p50 ${p50} p95 ${p95} ms, ${result.cpuPerMinute.toFixed(2)} CPU s per session-minute, ${result.rss.toFixed(0)} MiB`,
    );
    results.push(result);
  }
  const silent = spread(await interruptions(server, clip, bargeIns));
  const after = await residentMiB(server.pid);
  const one = results[0] as Level;
  const most = results.at(-1) as Level;
  const { sessions } = most;
  return [
    atMost('own cost after the turn is over, 1 session, p50', spread(one.own).p50, 4, 'ms', stages(one.records)),
    atMost('CPU per session-minute, 1 session', one.cpuPerMinute, 1.5, 's'),
    atMost(`CPU per session-minute, ${sessions} sessions`, most.cpuPerMinute, 1.5, 's'),
    atMost(`memory per session, ${sessions} sessions`, (most.rss - base) / sessions, 12, 'MiB', {
      base,
      most: most.rss,
    }),
    atMost(`memory kept per session when ${sessions} have left`, (after - base) / sessions, 3, 'MiB', { base, after }),
    atMost(`added latency, ${sessions} sessions, p95`, spread(most.own).p95, 200, 'ms', spread(most.own)),
    atMost('barge-in: first sample of speech to last of the answer, p50', silent.p50, 220, 'ms', silent),
    atMost('barge-in: first sample of speech to last of the answer, p95', silent.p95, 300, 'ms', silent),
  ];
}

const server = await startScripted();
try {
  await finish('sessions', await measure(server), { quick, json, file });
} finally {
  await server.stop();
}
