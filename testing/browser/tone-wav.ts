import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type WavFile = { path: string; remove(): Promise<void> };

/** A WAV of a steady tone, 16 kHz mono 16 bit, in a folder of its own. */
export async function toneWav(hz: number, seconds: number): Promise<WavFile> {
  const samples = Int16Array.from(
    { length: seconds * 16_000 },
    (_, i) => 12_000 * Math.sin((2 * Math.PI * hz * i) / 16_000),
  );
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const folder = await mkdtemp(join(tmpdir(), 'twin-tone-'));
  const path = join(folder, 'tone.wav');
  await writeFile(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return { path, remove: () => rm(folder, { recursive: true }) };
}
