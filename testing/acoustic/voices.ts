import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fromBytes } from '@twin/pipecat-app/voice/pcm.js';

const run = promisify(execFile);

/** Synthetic speakers: four of espeak-ng (American, British, male 3, female 3) and two of flite. */
export const VOICES = ['en-us', 'en-gb', 'en-us+m3', 'en-us+f3', 'rms', 'slt'] as const;
export type Voice = (typeof VOICES)[number];

const FLITE: readonly string[] = ['rms', 'slt'];
/** Without dither, so that the same text gives the same samples. */
const TO_PCM = ['-D', '-t', 'raw', '-r', '16000', '-c', '1', '-b', '16', '-e', 'signed', '-'];

/** `text` spoken by `voice`, 16 kHz. Needs espeak-ng or flite, and sox. */
export async function speak(text: string, voice: Voice): Promise<Int16Array> {
  const folder = await mkdtemp(join(tmpdir(), 'twin-voice-'));
  const file = join(folder, 'said.wav');
  try {
    if (FLITE.includes(voice)) await run('flite', ['-voice', voice, '-t', text, '-o', file]);
    else await run('espeak-ng', ['-v', voice, '-w', file, text]);
    return await readSound(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Any sound file that sox reads, as 16 kHz mono. */
export async function readSound(file: string): Promise<Int16Array> {
  const { stdout } = await run('sox', [file, ...TO_PCM], { encoding: 'buffer', maxBuffer: 64 << 20 });
  return fromBytes(stdout);
}
