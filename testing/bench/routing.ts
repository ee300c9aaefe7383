/** How often, and how fast, a question goes to the right expert: `node testing/dist/bench/routing.js [--json] [--misses]`. */
import { fileURLToPath } from 'node:url';
import { type Candidate, choose } from '@twin/pipecat-app/experts/choose.js';
import { Classifier } from '@twin/pipecat-app/experts/routing/classifier.js';
import { readLabelled, split } from '@twin/pipecat-app/experts/routing/labelled.js';
import { wantedFor } from '@twin/pipecat-app/experts/routing/wanted.js';
import { quantile } from './quantiles.js';
import { atLeast, atMost, finish } from './report.js';

const ours = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url));
const ROUNDS = 20;
const INSTANCES = 24;

const { train, heldOut, dropped } = split(readLabelled(ours('pipecat-app/src/experts/routing/labelled')));
const classifier = Classifier.read(ours('prompts/routing.json'));
const experts = [...classifier.personas];
const classify = (text: string) => classifier.classify(text);
const candidates: Candidate[] = Array.from({ length: INSTANCES }, (_, i) => ({
  id: `i${i}`,
  expert: experts[i % experts.length] ?? 'main',
  health: i % 7 === 0 ? 'unhealthy' : 'healthy',
  asleep: i % 5 === 0,
  wakeMs: 30_000,
  degraded: i % 6 === 0,
  embedded: false,
  queue: i % 3,
  tokensPerSecond: i % 4 === 0 ? undefined : 5 + i,
  warm: (i % 10) / 10,
}));

const misses: string[] = [];
const wrong = new Map<string, number>();
for (const { text, persona } of heldOut) {
  const { expert } = wantedFor(text, experts, classify);
  if (expert === persona) continue;
  wrong.set(persona, (wrong.get(persona) ?? 0) + 1);
  misses.push(`${persona} → ${expert}: ${text}`);
}
const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const { text } of heldOut) {
    const started = performance.now();
    choose(wantedFor(text, experts, classify), candidates);
    times.push(performance.now() - started);
  }
}

const options = new Set(process.argv.slice(2));
if (options.has('--misses')) for (const miss of misses) console.log(miss);
const right = (100 * (heldOut.length - misses.length)) / heldOut.length;
const detail = { learned: train.length, heldOut: heldOut.length, dropped, wrong: Object.fromEntries(wrong) };
await finish(
  'routing',
  [
    atLeast(`held-out questions that go to the right one of ${experts.length} experts`, right, 90, '%', detail),
    atMost(`choice among ${INSTANCES} servers, p50`, quantile(times, 0.5), 0.3, 'ms'),
    atMost(`choice among ${INSTANCES} servers, p99`, quantile(times, 0.99), 2, 'ms'),
  ],
  { quick: false, json: options.has('--json'), file: ours('out/bench-routing.json') },
);
