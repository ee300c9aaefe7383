import { readFile } from 'node:fs/promises';
import { lastAudible } from '@twin/pipecat-app/cli/stereo-recording.js';
import { parseWav } from '@twin/pipecat-app/voice/wav.js';
import { describe, expect, it } from 'vitest';
import { SPEAKERS, type Speaker, speech, speechFile, speechLevel } from './render.js';

const speaker = SPEAKERS[1] as Speaker;

describe('spoken test sentences', () => {
  it('are the same bytes every time', async () => {
    const first = await speech('What time is it?', speaker, { snrDb: 10, seed: 3 });
    expect(await speech('What time is it?', speaker, { snrDb: 10, seed: 3 })).toEqual(first);
    const other = await speech('What time is it?', speaker, { snrDb: 10, seed: 4 });
    expect(other.samples).not.toEqual(first.samples);
  });

  it('have the noise at the level that was asked for, over the whole clip', async () => {
    const quiet = await speech('What time is it?', speaker);
    for (const snrDb of [20, 10]) {
      const noisy = await speech('What time is it?', speaker, { snrDb });
      const noise = noisy.samples.map((s, i) => s - (quiet.samples[i] ?? 0));
      const level = Math.sqrt(noise.reduce((sum, s) => sum + s * s, 0) / noise.length) / 32768;
      expect(20 * Math.log10(speechLevel(quiet.samples) / level)).toBeCloseTo(snrDb, -0.5);
    }
  });

  it('say where the speech ends', async () => {
    const { samples, end } = await speech('What time is it?', speaker);
    expect(end).toBeGreaterThan(0.7 * 16_000);
    expect(Math.abs(lastAudible(samples, 700) - end)).toBeLessThan(1000);
  });

  it('are files that the agent reads', async () => {
    const path = await speechFile('Stop.', speaker, { snrDb: 20 });
    const wav = parseWav(await readFile(path));
    expect(wav).toMatchObject({ rate: 16_000, channels: 1 });
    expect(wav.samples).toEqual((await speech('Stop.', speaker, { snrDb: 20 })).samples);
  });
});
