import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { fromBytes, toBytes } from './byte-vectors.js';

/** `bytes`: one byte per number, see `toBytes`; else four. */
const FORMATS = { floats: 'twin-vectors-1', bytes: 'twin-byte-vectors-1' } as const;
const head = z.strictObject({
  format: z.enum(FORMATS),
  /** Of the embedder; vectors of two ids must not be compared. */
  embedder: z.string().min(1),
  dimensions: z.number().int().positive(),
  sentences: z.array(z.string()),
  /** Of the bytes behind the first line. */
  sha256: z.string(),
});

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Vectors of a file that `writeVectors` wrote; none when there is no file, of another embedder, or when it is damaged. */
export async function readVectors(file: string, embedder: string): Promise<Map<string, Float32Array>> {
  try {
    const bytes = await readFile(file);
    const end = bytes.indexOf('\n');
    const { dimensions, sentences, sha256, format, ...its } = head.parse(JSON.parse(bytes.toString('utf8', 0, end)));
    // A copy, because numbers of four bytes begin at a multiple of four.
    const body = new Uint8Array(bytes.subarray(end + 1));
    const size = format === FORMATS.bytes ? 1 : Float32Array.BYTES_PER_ELEMENT;
    const whole = body.byteLength === sentences.length * dimensions * size;
    if (its.embedder !== embedder || !whole || hash(body) !== sha256) return new Map();
    const all =
      format === FORMATS.bytes ? fromBytes(new Int8Array(body.buffer), dimensions) : new Float32Array(body.buffer);
    return new Map(sentences.map((one, i) => [one, all.subarray(i * dimensions, (i + 1) * dimensions)]));
  } catch {
    // It only saves time; what is not there is embedded again.
    return new Map();
  }
}

/**
 * Writes vectors, all of one length, so that a crash leaves the old file or the new one.
 * @param numbers `bytes` take a quarter of the room, and are only for vectors of length 1
 * @throws Error of the file system
 */
export async function writeVectors(
  file: string,
  embedder: string,
  vectors: ReadonlyMap<string, Float32Array>,
  numbers: keyof typeof FORMATS = 'floats',
): Promise<void> {
  const sentences = [...vectors.keys()];
  const dimensions = vectors.get(sentences[0] ?? '')?.length ?? 0;
  if (dimensions === 0) return;
  const all = new Float32Array(sentences.length * dimensions);
  for (const [i, vector] of [...vectors.values()].entries()) all.set(vector, i * dimensions);
  const body = new Uint8Array(numbers === 'bytes' ? toBytes(all, dimensions).buffer : all.buffer);
  const first: z.infer<typeof head> = {
    format: FORMATS[numbers],
    embedder,
    dimensions,
    sentences,
    sha256: hash(body),
  };
  const draft = `${file}.new`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(draft, Buffer.concat([Buffer.from(`${JSON.stringify(first)}\n`), body]), {
      mode: 0o600,
      flush: true,
    });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
