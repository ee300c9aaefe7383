import { rms } from '@twin/pipecat-app/voice/pcm.js';
import { recording } from './recordings.js';
import { speechLevel } from './render.js';
import { seeded } from './seeded.js';
import { speak, VOICES } from './voices.js';

export const NOISES = ['white', 'pink', 'babble'] as const;
export type Noise = (typeof NOISES)[number];

/** Somebody speaking, without noise. */
export type Utterance = { speaker: string; text: string; samples: Int16Array };

const SENTENCES = [
  'What time is it?',
  'Set a timer for ten minutes.',
  'Stop.',
  'Turn the lights off in the kitchen, please.',
];

const TALK = 'They were talking about the weather and the price of bread in the market square.';

/** Every synthetic voice with four sentences of one to nine words, then the phrases of the two human recordings. */
export async function utterances(): Promise<Utterance[]> {
  const found: Utterance[] = [];
  for (const speaker of VOICES)
    for (const text of SENTENCES) found.push({ speaker, text, samples: await speak(text, speaker) });
  for (const name of ['two_cities.wav', 'beckett.wav'] as const)
    for (const samples of phrases(await recording(name))) found.push({ speaker: name, text: '', samples });
  return found;
}

let talkers: Promise<Int16Array[]> | undefined;

/** Noise of loudness 1 (root mean square), the same for the same seed. */
export async function noise(kind: Noise, samples: number, seed: number): Promise<Float32Array> {
  if (kind === 'white') return levelled(Float32Array.from({ length: samples }, seeded(seed)));
  if (kind === 'pink') return levelled(pink(samples, seed));
  talkers ??= Promise.all(VOICES.map((voice) => speak(TALK, voice)));
  return levelled(babble(samples, await talkers, seed));
}

/** `samples` plus noise that lies `snrDb` under speech of loudness `level` (0 to 1); saturates. */
export function addNoise(
  samples: Int16Array,
  unit: Float32Array,
  snrDb: number,
  level: number,
): Int16Array<ArrayBuffer> {
  const gain = level * 32_768 * 10 ** (-snrDb / 20);
  return Int16Array.from(samples, (s, i) => Math.max(-32_768, Math.min(32_767, Math.round(s + (unit[i] ?? 0) * gain))));
}

/** Where speech begins and ends in a clean clip: its first and last 10 ms that are louder than its silence. */
export function speechSpan(samples: Int16Array): { start: number; end: number } {
  const loud = loudWindows(samples);
  return { start: Math.max(0, loud.indexOf(true)) * WINDOW, end: (loud.lastIndexOf(true) + 1) * WINDOW };
}

const WINDOW = 160;
/** A pause this long, in windows of 10 ms, separates the phrases of a recording. */
const PAUSE_WINDOWS = 35;
/** Shorter sounds are breaths and clicks. */
const LEAST_WINDOWS = 50;

function phrases(samples: Int16Array): Int16Array[] {
  const loud = loudWindows(samples);
  const found: Int16Array[] = [];
  for (let start = loud.indexOf(true); start >= 0; ) {
    const pause = loud.findIndex((_, i) => i > start && !loud.slice(i, i + PAUSE_WINDOWS).includes(true));
    const end = pause < 0 ? loud.length : pause;
    if (end - start >= LEAST_WINDOWS) found.push(samples.slice(start * WINDOW, end * WINDOW));
    start = loud.indexOf(true, end);
  }
  return found;
}

/** For each 10 ms whether it is within 35 dB of the speech and 6 dB above the silence of the recording. */
function loudWindows(samples: Int16Array): boolean[] {
  const levels: number[] = [];
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) levels.push(rms(samples.subarray(at, at + WINDOW)));
  const silence = [...levels].sort((a, b) => a - b)[Math.floor(levels.length / 5)] ?? 0;
  const floor = Math.max(speechLevel(samples) * 10 ** (-35 / 20), silence * 2);
  return levels.map((level) => level >= floor);
}

/** Power falls 3 dB per octave, as fans and rooms sound: sixteen random rows, each half as often renewed (Voss). */
function pink(samples: number, seed: number): Float32Array {
  const random = seeded(seed);
  const rows = Array.from({ length: 16 }, random);
  return Float32Array.from({ length: samples }, (_, i) => {
    rows[Math.min(15, 31 - Math.clz32((i + 1) & -(i + 1)))] = random();
    return rows.reduce((sum, row) => sum + row, random());
  });
}

/** Everybody talks at once, each from a place of their own in their clip. */
function babble(samples: number, clips: readonly Int16Array[], seed: number): Float32Array {
  const random = seeded(seed);
  const out = new Float32Array(samples);
  for (const clip of clips) {
    const offset = Math.floor(((random() + 1) / 2) * clip.length);
    const gain = 1 / rms(clip);
    for (let i = 0; i < samples; i++) out[i] = (out[i] ?? 0) + (clip[(i + offset) % clip.length] ?? 0) * gain;
  }
  return out;
}

function levelled(samples: Float32Array): Float32Array {
  const power = samples.reduce((sum, s) => sum + s * s, 0) / samples.length;
  return samples.map((s) => s / Math.sqrt(power));
}
