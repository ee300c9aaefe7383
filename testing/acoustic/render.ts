import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { firstAudible, lastAudible } from '@twin/pipecat-app/cli/stereo-recording.js';
import { concat, fromBytes, msToSamples, rms, SAMPLE_RATE } from '@twin/pipecat-app/voice/pcm.js';
import { toWav } from '@twin/pipecat-app/voice/wav.js';
import { seeded } from './seeded.js';

export type Speaker = { voice: string; wordsPerMinute: number };

export const SPEAKERS: readonly Speaker[] = [
  { voice: 'en-us', wordsPerMinute: 150 },
  { voice: 'en-gb', wordsPerMinute: 140 },
  { voice: 'en-us+m3', wordsPerMinute: 130 },
  { voice: 'en-us+f3', wordsPerMinute: 170 },
];

/** `begin` and `end`: indices of the first and just after the last sample of speech above -40 dB, without the noise. */
export type Clip = { samples: Int16Array; begin: number; end: number };

/** Noise this far below the speech, in dB; quiet when left out. `seed` makes it another piece of noise. */
export type Room = { snrDb?: number; seed?: number };

/** White noise of 1 % of full scale: synthetic silence is digital zero, which no microphone gives. */
const DITHER_PEAK = 327;
const LEAD = msToSamples(300);
const TAIL = msToSamples(700);
/** Part of the loudest 20 ms frame above which a frame counts for the level of the speech. */
const ACTIVE = 0.1;

const cache =
  process.env.TWIN_TEST_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'twin', 'speech');
const run = promisify(execFile);
let engine: Promise<string> | undefined;

/** One sentence spoken by espeak-ng in a room: the same bytes every time on the same machine. */
export async function speech(text: string, speaker: Speaker = SPEAKERS[0] as Speaker, room: Room = {}): Promise<Clip> {
  const clean = await spoken(text, speaker);
  const dither = seeded(1);
  const out = concat([new Int16Array(LEAD), clean, new Int16Array(TAIL)]);
  const noise = room.snrDb === undefined ? 0 : speechLevel(clean) * 10 ** (-room.snrDb / 20);
  const pink = pinkNoise(seeded(room.seed ?? 2));
  for (let i = 0; i < out.length; i++) {
    const sample = (out[i] ?? 0) + dither() * DITHER_PEAK + (noise > 0 ? pink() * noise * 32768 : 0);
    out[i] = Math.max(-32768, Math.min(32767, Math.round(sample)));
  }
  return { samples: out, begin: LEAD + firstAudible(clean), end: LEAD + lastAudible(clean) + 1 };
}

/** `speech` as a WAV file in the cache; returns its path. */
export async function speechFile(text: string, speaker: Speaker, room: Room = {}): Promise<string> {
  const name = `${digest({ text, speaker, room, engine: await version() })}.wav`;
  const path = join(cache, 'rooms', name);
  await store(path, toWav((await speech(text, speaker, room)).samples));
  return path;
}

/** Root mean square over the frames in which somebody speaks, 0 to 1. */
export function speechLevel(samples: Int16Array): number {
  const frames: number[] = [];
  for (let at = 0; at < samples.length; at += 320) frames.push(rms(samples.subarray(at, at + 320)));
  const loud = Math.max(...frames) * ACTIVE;
  const active = frames.filter((level) => level >= loud);
  return Math.sqrt(active.reduce((sum, level) => sum + level * level, 0) / Math.max(1, active.length));
}

async function spoken(text: string, { voice, wordsPerMinute }: Speaker): Promise<Int16Array> {
  const path = join(cache, `${digest({ text, voice, wordsPerMinute, engine: await version() })}.s16`);
  const cached = await readFile(path).catch(() => undefined);
  if (cached) return fromBytes(cached);
  const wav = `${path}.${process.pid}.wav`;
  await mkdir(cache, { recursive: true });
  await run('espeak-ng', ['-v', voice, '-s', String(wordsPerMinute), '-w', wav, text]);
  const raw = ['-t', 'raw', '-e', 'signed', '-b', '16', '-r', String(SAMPLE_RATE), '-c', '1'];
  await run('sox', ['-R', '-D', wav, ...raw, `${path}.${process.pid}`]);
  await rename(`${path}.${process.pid}`, path);
  await run('rm', ['-f', wav]);
  return fromBytes(await readFile(path));
}

/** Voss and McCartney's pink noise, eight rows; root mean square 1. */
function pinkNoise(random: () => number): () => number {
  const rows = Array.from({ length: 8 }, random);
  let count = 0;
  return () => {
    count = (count + 1) & 0xff;
    rows[count === 0 ? 0 : Math.min(7, 31 - Math.clz32(count & -count))] = random();
    return rows.reduce((sum, row) => sum + row, 0) / Math.sqrt(8 / 3);
  };
}

function version(): Promise<string> {
  engine ??= run('espeak-ng', ['--version']).then(({ stdout }) => stdout.split('  ')[0] ?? stdout);
  return engine;
}

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);

async function store(path: string, bytes: Buffer): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.${process.pid}`, bytes);
  await rename(`${path}.${process.pid}`, path);
}
