// Compares the two Silero models, then knobs of the better one, on speech in noise and on noise alone; prints Markdown.
import { SileroVad } from '@twin/pipecat-app/ears/silero.js';
import { SILERO, type SileroName } from '@twin/pipecat-app/ears/silero-model.js';
import type { VadKnobs } from '@twin/pipecat-app/ears/vad.js';
import { concat, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';
import { addNoise, NOISES, type Noise, noise, speechSpan, type Utterance, utterances } from '../acoustic/noise-set.js';
import { speechLevel } from '../acoustic/render.js';
import { hear } from './vad-run.js';
import { type Score, type Span, score, summary } from './vad-score.js';

const KNOBS: VadKnobs = { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 };
const SNRS = [20, 10, 5, 0];
const PAUSE = 1.5 * SAMPLE_RATE;
const NOISE_MINUTES = 1;

type Track = { samples: Int16Array; spans: Span[]; level: number };

/** All utterances of one speaker, each after a pause of 1.5 s. */
function track(said: readonly Utterance[]): Track {
  const pieces: Int16Array[] = [];
  const spans: Span[] = [];
  let at = 0;
  for (const { samples } of said) {
    const { start, end } = speechSpan(samples);
    spans.push({ start: at + PAUSE + start, end: at + PAUSE + end });
    pieces.push(new Int16Array(PAUSE), samples);
    at += PAUSE + samples.length;
  }
  pieces.push(new Int16Array(PAUSE));
  const all = concat(pieces);
  return { samples: all, spans, level: speechLevel(all) };
}

async function inNoise(
  engine: SileroVad,
  model: SileroName,
  tracks: Track[],
  kind: Noise,
  snr: number,
  knobs: VadKnobs,
) {
  const scores: Score[] = [];
  for (const [i, { samples, spans, level }] of tracks.entries()) {
    const noisy = addNoise(samples, noises[kind].subarray(i * SAMPLE_RATE), snr, level);
    scores.push(score(await hear(engine, SILERO[model].frameSamples, noisy, knobs), spans));
  }
  return scores;
}

async function falseTriggers(engine: SileroVad, model: SileroName, kind: Noise, knobs: VadKnobs): Promise<number> {
  const samples = NOISE_MINUTES * 60 * SAMPLE_RATE;
  const alone = addNoise(new Int16Array(samples), noises[kind], 10, 0.1);
  const heard = await hear(engine, SILERO[model].frameSamples, alone, knobs);
  return heard.filter(({ event }) => event.type === 'speechStarted').length / NOISE_MINUTES;
}

async function row(engine: SileroVad, model: SileroName, tracks: Track[], knobs: VadKnobs, name: string, snrs = SNRS) {
  const cells = [name];
  for (const snr of snrs) {
    const scores: Score[] = [];
    for (const kind of NOISES) scores.push(...(await inNoise(engine, model, tracks, kind, snr, knobs)));
    const { delayP50, delayP95, missed, fragments } = summary(scores);
    cells.push(`${delayP50.toFixed(0)} / ${delayP95.toFixed(0)}`, percent(missed), fragments.toFixed(2));
  }
  for (const kind of NOISES) cells.push((await falseTriggers(engine, model, kind, knobs)).toFixed(0));
  console.log(`| ${cells.join(' | ')} |`);
}

function header(first: string, snrs: readonly number[]): void {
  const cells = snrs.flatMap((snr) => [`delay p50 / p95 ms, ${snr} dB`, 'missed', 'segments']);
  cells.unshift(first);
  cells.push(...NOISES.map((kind) => `false per min, ${kind}`));
  console.log(`\n| ${cells.join(' | ')} |\n|${cells.map(() => '---').join('|')}|`);
}

/** CPU time of one minute of one session's speech, onnxruntime and messages included. */
async function cost(model: SileroName, sessions: number, samples: Int16Array): Promise<string> {
  const engine = new SileroVad({ model });
  await hear(engine, SILERO[model].frameSamples, samples.subarray(0, SAMPLE_RATE), KNOBS);
  const before = process.cpuUsage();
  const all = Array.from({ length: sessions }, () => hear(engine, SILERO[model].frameSamples, samples, KNOBS));
  await Promise.all(all);
  const { user, system } = process.cpuUsage(before);
  await engine.close();
  const seconds = (user + system) / 1e6 / sessions / (samples.length / SAMPLE_RATE);
  return (seconds * 60).toFixed(2);
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const all = await utterances();
const tracks = [...new Set(all.map(({ speaker }) => speaker))].map((s) =>
  track(all.filter(({ speaker }) => speaker === s)),
);
const longest = Math.max(NOISE_MINUTES * 60 * SAMPLE_RATE, ...tracks.map(({ samples }) => samples.length));
const noises = Object.fromEntries(
  await Promise.all(NOISES.map(async (kind) => [kind, await noise(kind, longest + tracks.length * SAMPLE_RATE, 1)])),
) as Record<Noise, Float32Array>;
console.log(`${all.length} utterances of ${tracks.length} speakers in ${NOISES.join(', ')} noise`);

header('model', SNRS);
for (const model of ['v5', 'legacy'] as const) {
  const engine = new SileroVad({ model });
  await row(engine, model, tracks, KNOBS, model);
  await engine.close();
}

header('v5: threshold / negative', [20, 10, 5]);
const engine = new SileroVad({ model: 'v5' });
for (const [threshold, negThreshold] of [
  [0.3, 0.15],
  [0.4, 0.25],
  [0.5, 0.35],
  [0.6, 0.45],
  [0.7, 0.55],
] as const) {
  await row(engine, 'v5', tracks, { ...KNOBS, threshold, negThreshold }, `${threshold} / ${negThreshold}`, [20, 10, 5]);
}
await engine.close();

console.log('\n| model | CPU s per session-minute, 1 session | 8 | 32 |\n|---|---|---|---|');
const minute = tracks[0]?.samples ?? new Int16Array(SAMPLE_RATE);
const noisy = addNoise(minute, noises.pink, 20, speechLevel(minute));
for (const model of ['v5', 'legacy'] as const) {
  const costs: string[] = [];
  for (const sessions of [1, 8, 32]) costs.push(await cost(model, sessions, noisy));
  console.log(`| ${model} | ${costs.join(' | ')} |`);
}
