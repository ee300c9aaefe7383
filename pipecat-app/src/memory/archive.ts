import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';
import { TwinError } from '../errors.js';
import { LONGEST_FACT } from '../server/memory-protocol.js';
import type { FactTable } from './fact-table.js';
import type { Fact } from './facts.js';
import { floats, type MemoryStore } from './memory-store.js';

const FORMAT = 'twin-memory-1';
const MANIFEST = 'manifest.json';
const FACTS = 'facts.jsonl';
const VECTORS = 'vectors.f32';
/** Unpacked, in bytes: some 100 000 facts with their vectors. */
const LARGEST = { [MANIFEST]: 64_000, [FACTS]: 128_000_000, [VECTORS]: 400_000_000 } as const;
type Member = keyof typeof LARGEST;

const sum = z.string().regex(/^[0-9a-f]{64}$/);
const manifest = z.strictObject({
  format: z.literal(FORMAT),
  at: z.number().int().nonnegative(),
  embedder: z.string().max(200),
  dimensions: z.number().int().min(0).max(8192),
  facts: z.number().int().nonnegative(),
  sums: z.strictObject({ [FACTS]: sum, [VECTORS]: sum }),
});
const time = z.number().int().nonnegative();
const id = z.number().int().positive();
const line = z.strictObject({
  id,
  text: z.string().min(1).max(LONGEST_FACT),
  at: time,
  source: z.string().min(1).max(60),
  pinned: z.boolean(),
  enabled: z.boolean(),
  used: time,
  usedAt: time,
  supersededBy: id.nullable(),
  forgottenAt: z.null(),
  /** Whether a vector of it follows in `vectors.f32`, in the order of the lines. */
  vector: z.boolean(),
});
type Line = z.infer<typeof line>;

/**
 * Writes every fact that is not forgotten, and its vector, as one gzipped tar archive: `manifest.json`, `facts.jsonl` and
 * `vectors.f32` (single precision, little-endian). `file` appears when it is whole.
 */
export async function exportMemory(table: FactTable, file: string, now: number): Promise<{ facts: number }> {
  type Row = Fact & { embedder: string | null; vector: Uint8Array | null };
  const rows = table.db
    .prepare<[], Row>(
      `SELECT facts.*, vector FROM facts LEFT JOIN slots ON slots.fact = facts.id WHERE forgottenAt IS NULL ORDER BY id`,
    )
    .all();
  const embedder = rows.find(({ vector }) => vector !== null)?.embedder ?? '';
  const vectors = rows.flatMap((row) => (row.vector && row.embedder === embedder ? [row.vector] : []));
  const lines = rows.map(({ vector, embedder: by, pinned, enabled, supersededBy, ...rest }) => {
    const kept = supersededBy !== null && !table.get(supersededBy)?.forgottenAt ? supersededBy : null;
    const own: Line = {
      ...rest,
      pinned: Boolean(pinned),
      enabled: Boolean(enabled),
      supersededBy: kept,
      forgottenAt: null,
      vector: vector !== null && by === embedder,
    };
    return JSON.stringify(own);
  });
  const facts = Buffer.from(lines.map((text) => `${text}\n`).join(''));
  const numbers = Buffer.concat(vectors);
  const about: z.infer<typeof manifest> = {
    format: FORMAT,
    at: now,
    embedder,
    dimensions: (vectors[0]?.length ?? 0) / 4,
    facts: rows.length,
    sums: { [FACTS]: sha256(facts), [VECTORS]: sha256(numbers) },
  };
  const tar = pack();
  tar.entry({ name: MANIFEST }, JSON.stringify(about));
  tar.entry({ name: FACTS }, facts);
  tar.entry({ name: VECTORS }, numbers);
  tar.finalize();
  try {
    await pipeline(tar, createGzip(), createWriteStream(`${file}.new`, { mode: 0o600, flush: true }));
    await rename(`${file}.new`, file);
  } finally {
    await rm(`${file}.new`, { force: true });
  }
  return { facts: rows.length };
}

/**
 * Replaces the memory by that of an archive, all or nothing. Vectors of another embedder are left out and made again.
 * @throws TwinError `TWIN_MEMORY_ARCHIVE` when it is damaged or holds anything else; the old memory stays then
 */
export async function importMemory(store: MemoryStore, file: string, embedder: string): Promise<{ facts: number }> {
  const { about, lines, vectors } = await understand(file);
  const use = about.embedder === embedder && embedder !== '';
  const { db } = store.table;
  const insert = db.prepare(
    `INSERT INTO facts (id, text, at, source, pinned, enabled, used, usedAt, supersededBy, embedder)
     VALUES (@id, @text, @at, @source, @pinned, @enabled, @used, @usedAt, @supersededBy, @embedder)`,
  );
  const place = db.prepare('INSERT INTO slots (fact, vector) VALUES (?, ?)');
  await store.replace(() => {
    let at = 0;
    for (const { vector, forgottenAt, pinned, enabled, ...fact } of lines) {
      const own = use && vector;
      insert.run({ ...fact, pinned: Number(pinned), enabled: Number(enabled), embedder: own ? embedder : null });
      if (own) place.run(fact.id, vectors[at] as Buffer);
      if (vector) at++;
    }
  });
  return { facts: lines.length };
}

async function understand(file: string) {
  try {
    const members = await unpack(file);
    const about = manifest.parse(JSON.parse(members[MANIFEST].toString('utf8')));
    for (const name of [FACTS, VECTORS] as const)
      if (sha256(members[name]) !== about.sums[name]) throw new Error(`${name} is not what the manifest says`);
    const lines = members[FACTS]
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .map((text) => line.parse(JSON.parse(text)));
    const ids = new Set(lines.map((one) => one.id));
    if (lines.length !== about.facts || ids.size !== lines.length) throw new Error('facts are missing or there twice');
    if (lines.some(({ supersededBy: by }) => by !== null && !ids.has(by))) throw new Error('a fact is missing');
    return {
      about,
      lines,
      vectors: cut(members[VECTORS], about.dimensions, lines.filter(({ vector }) => vector).length),
    };
  } catch (cause) {
    if (cause instanceof TwinError) throw cause;
    const why =
      cause instanceof z.ZodError ? 'it is of another form' : cause instanceof Error ? cause.message : String(cause);
    throw new TwinError(
      'TWIN_MEMORY_ARCHIVE',
      `This is no usable memory archive: ${why}. The memory was not changed.`,
      {
        next: 'Use a file that `twin memory export` or Mission Control made.',
        cause,
      },
    );
  }
}

/** The vectors, each checked to have length 1. */
function cut(all: Buffer, dimensions: number, count: number): Buffer[] {
  const bytes = 4 * dimensions;
  if (all.length !== count * bytes) throw new Error('vectors are missing');
  return Array.from({ length: count }, (_, i) => {
    const vector = all.subarray(i * bytes, (i + 1) * bytes);
    const length = Math.hypot(...floats(vector));
    if (!(Math.abs(length - 1) < 1e-3)) throw new Error('a vector has no length of 1');
    return vector;
  });
}

/** The three members in memory. Nothing is written, so a name can lead nowhere; any other name is refused all the same. */
async function unpack(file: string): Promise<Record<Member, Buffer>> {
  const members = new Map<string, Buffer>();
  const tar = extract();
  const reading = pipeline(createReadStream(file), createGunzip(), tar);
  reading.catch(() => undefined);
  for await (const entry of tar) {
    const { name, type, size = 0 } = entry.header;
    const most = Object.hasOwn(LARGEST, name) ? LARGEST[name as Member] : -1;
    if (most < 0 || type !== 'file' || members.has(name))
      throw new Error('it holds something that does not belong there');
    if (size > most) throw new Error(`${name} is too large`);
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    members.set(name, Buffer.concat(chunks));
  }
  await reading;
  const [about, facts, vectors] = [members.get(MANIFEST), members.get(FACTS), members.get(VECTORS)];
  if (!about || !facts || !vectors) throw new Error('a part is missing');
  return { [MANIFEST]: about, [FACTS]: facts, [VECTORS]: vectors };
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
