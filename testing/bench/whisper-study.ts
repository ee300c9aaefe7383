// Measures Whisper's two knobs, the computed part of its window and the prompt, and prints Markdown.
// CPU time is that of the engine's process: it stays comparable on a busy machine, where waiting times are not.
import { readFile } from 'node:fs/promises';
import { WhisperServer } from '@twin/pipecat-app/ears/whisper-server.js';
import { concat, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';
import { toWav } from '@twin/pipecat-app/voice/wav.js';
import { FormData, request } from 'undici';
import { COMMANDS } from '../acoustic/commands.js';
import { whisperFiles } from '../acoustic/ears.js';
import { utterances } from '../acoustic/noise-set.js';
import { SPEAKERS, type Speaker, speech } from '../acoustic/render.js';
import { errorRate, type WordError, wordError } from '../acoustic/word-error.js';
import { quantile } from './quantiles.js';

const WORDS = 'timer, minutes, hours, volume, percent, louder, stop, time, date, status, voice, cancel';
const SENTENCES =
  'What time is it? Set a timer for ten minutes. Cancel the pasta timer. Turn the volume up. Set the volume to fifty percent. Speak slower. Stop talking. Say that again. What can you do?';

type Answer = { text: string; ms: number; cpuMs: number };

const server = new WhisperServer(whisperFiles());
const url = await server.address();

async function ask(samples: Int16Array, context: number, prompt = ''): Promise<Answer> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(toWav(samples))]), 'a.wav');
  for (const [name, value] of Object.entries({ audio_ctx: context, temperature_inc: 0, prompt })) {
    form.set(name, String(value));
  }
  const [began, cpu] = [performance.now(), await cpuMs()];
  const { body } = await request(`${url}/inference`, { method: 'POST', body: form, reset: true });
  const { text } = (await body.json()) as { text: string };
  return { text, ms: performance.now() - began, cpuMs: (await cpuMs()) - cpu };
}

/** User and system time of the engine so far; the kernel counts in ticks of 10 ms. */
async function cpuMs(): Promise<number> {
  const fields = (await readFile(`/proc/${server.pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const mean = (values: readonly number[]): string =>
  (values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length)).toFixed(0);

/** Runs of one to four phrases that people read, against what the whole window gives. */
async function contexts(): Promise<void> {
  const phrases = (await utterances()).filter(({ speaker }) => speaker.endsWith('.wav')).map(({ samples }) => samples);
  const pause = new Int16Array(0.3 * SAMPLE_RATE);
  const clips = [1, 2, 3, 4].flatMap((n) =>
    phrases.flatMap((_, i) => (i % n === 0 ? [concat(phrases.slice(i, i + n).flatMap((p) => [p, pause]))] : [])),
  );
  const whole: Answer[] = [];
  for (const clip of clips) whole.push(await ask(clip, 0));
  console.log(
    '| seconds | clips | audio_ctx | words other than with 1500 | CPU ms | CPU ms with 1500 |\n|---|---|---|---|---|---|',
  );
  for (const [from, to] of [
    [0, 4],
    [4, 6],
    [6, 8],
    [8, 10],
    [10, 12],
    [12, 17],
  ] as const) {
    const mine = clips.flatMap((clip, i) => {
      const seconds = clip.length / SAMPLE_RATE;
      return seconds > from && seconds <= to ? [i] : [];
    });
    for (const context of [512, 768, 1024]) {
      const errors: WordError[] = [];
      const cost: number[] = [];
      for (const i of mine) {
        const answer = await ask(clips[i] ?? pause, context);
        errors.push(wordError(whole[i]?.text ?? '', answer.text));
        cost.push(answer.cpuMs);
      }
      const cells = [`${from}–${to}`, mine.length, context, percent(errorRate(errors)), mean(cost)];
      console.log(`| ${cells.join(' | ')} | ${mean(mine.map((i) => whole[i]?.cpuMs ?? 0))} |`);
    }
  }
}

/** Forty spoken commands in two rooms, with and without hints. */
async function prompts(): Promise<void> {
  console.log(
    '\n| prompt | audio_ctx | words wrong, 20 dB | 10 dB | CPU ms | ms p50 / p95 |\n|---|---|---|---|---|---|',
  );
  for (const [name, prompt, context] of [
    ['none', '', 512],
    ['words', WORDS, 512],
    ['sentences', SENTENCES, 512],
    ['none', '', 1500],
  ] as const) {
    const errors = new Map<number, WordError[]>([20, 10].map((snrDb) => [snrDb, []]));
    const answers: Answer[] = [];
    for (const [i, { text }] of COMMANDS.entries()) {
      for (const [snrDb, found] of errors) {
        const { samples } = await speech(text, SPEAKERS[(i + snrDb / 10) % SPEAKERS.length] as Speaker, { snrDb });
        const answer = await ask(samples, context, prompt);
        found.push(wordError(text, answer.text));
        answers.push(answer);
      }
    }
    const rates = [...errors.values()].map((found) => percent(errorRate(found)));
    const times = [0.5, 0.95]
      .map((q) =>
        quantile(
          answers.map(({ ms }) => ms),
          q,
        ).toFixed(0),
      )
      .join(' / ');
    console.log(
      `| ${name} | ${context} | ${rates.join(' | ')} | ${mean(answers.map(({ cpuMs: c }) => c))} | ${times} |`,
    );
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

try {
  await ask(new Int16Array(2 * SAMPLE_RATE), 512);
  console.log(`${server.health().detail}\n`);
  await contexts();
  await prompts();
} finally {
  await server.close();
}
