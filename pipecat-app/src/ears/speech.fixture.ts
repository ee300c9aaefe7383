import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { concat } from '../voice/pcm.js';
import { resample } from '../voice/resample.js';
import { parseWav } from '../voice/wav.js';

/** `text` spoken by espeak-ng at 16 kHz, between two pauses of 1 s. */
export async function spoken(text: string): Promise<Int16Array> {
  const { stdout } = await promisify(execFile)('espeak-ng', ['-v', 'en-us', '-s', '150', '--stdout', text], {
    encoding: 'buffer',
    maxBuffer: 8 << 20,
  });
  const { rate, samples } = parseWav(stdout);
  const pause = new Int16Array(16_000);
  return concat([pause, resample(samples, rate, 16_000), pause]);
}
