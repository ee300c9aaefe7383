/** What the long-term memory finds, and how fast: `npm run bench:memory [-- --vectors 100000]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '@twin/pipecat-app/config.js';
import type { Embedder } from '@twin/pipecat-app/memory/embedder.js';
import { FactTable } from '@twin/pipecat-app/memory/fact-table.js';
import { GgufEmbedder } from '@twin/pipecat-app/memory/gguf-embedder.js';
import { innerProduct } from '@twin/pipecat-app/memory/inner-product.js';
import { LongTermMemory } from '@twin/pipecat-app/memory/long-term.js';
import { loadFaiss, nativeParts } from '@twin/pipecat-app/memory/native-parts.js';
import { VectorIndex } from '@twin/pipecat-app/memory/vector-index.js';
import { findModel, loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import Database from 'better-sqlite3';
import { quantile } from './quantiles.js';
import { heldOutRecall } from './recall-held-out.js';
import { recallSet } from './recall-set.js';

const { values } = parseArgs({
  options: { vectors: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const config = readConfig();
const native = nativeParts(config.TWIN_ENGINES);
const signal = new AbortController().signal;
const { facts, questions } = recallSet(Number(values.seed));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { file } = findModel(loadCatalogue(), 'all-minilm-l6-v2-q8_0');
const embedder = new GgufEmbedder(async () => ({
  id: 'all-minilm-l6-v2 of the bench',
  path: join(config.TWIN_MODELS, file),
}));
const ms = (times: number[]): string =>
  `p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms, most ${Math.max(...times).toFixed(2)} ms`;

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'twin-bench-'));
  try {
    await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function recall(dir: string): Promise<void> {
  const memory = new LongTermMemory({ dir, embedder, native: () => native });
  await memory.start(signal);
  const since = performance.now();
  const how = new Map<string, number>();
  for (const fact of facts) {
    const done = await memory.remember(fact, 'told', signal);
    how.set(done.how, (how.get(done.how) ?? 0) + 1);
    if (done.how !== 'new') say(`  ${done.how}: ${fact} | ${done.before?.text}`);
  }
  say(
    `remember: ${((performance.now() - since) / facts.length).toFixed(1)} ms each; ${JSON.stringify(Object.fromEntries(how))}`,
  );
  const times: number[] = [];
  const found = { one: 0, four: 0 };
  for (const { fact, question } of questions) {
    const before = performance.now();
    const hits = await memory.recall(question, signal);
    times.push(performance.now() - before);
    const at = hits.findIndex(({ text }) => text === fact);
    if (at === 0) found.one++;
    if (at >= 0) found.four++;
  }
  const share = (n: number) => (n / questions.length).toFixed(3);
  say(
    `recall@1 ${share(found.one)}, recall@4 ${share(found.four)} of ${questions.length} questions over ${facts.length} facts`,
  );
  say(`question to facts, embedding included: ${ms(times)}`);
  await memory.close();
}

/** So many vectors around those of real sentences. */
function around(centres: readonly Float32Array[], count: number, spread: number): Float32Array[] {
  let x = 7;
  const random = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
  return Array.from({ length: count }, (_, i) => {
    const centre = centres[i % centres.length] as Float32Array;
    const out = centre.map((value) => value + spread * (random() + random() + random() - 1.5));
    const length = Math.hypot(...out);
    return out.map((value) => value / length);
  });
}

async function speed(dir: string, count: number): Promise<void> {
  const centres = await embedder.embed(facts, signal);
  const asked = around(
    await embedder.embed(
      questions.map(({ question }) => question),
      signal,
    ),
    1000,
    0.01,
  );
  const vectors = around(centres, count, 0.05);
  const truth = asked.slice(0, 100).map((vector) => {
    const all = vectors.map((other, at) => [innerProduct(vector, other), at] as const);
    return all
      .sort((a, b) => b[0] - a[0])
      .slice(0, 4)
      .map(([, at]) => at);
  });
  for (const form of ['flat', 'bits'] as const) {
    const index = VectorIndex.empty(loadFaiss(native), centres[0]?.length ?? 0, form);
    const since = performance.now();
    for (let from = 0; from < count; from += 1000) index.add(vectors.slice(from, from + 1000));
    const built = performance.now() - since;
    say(`${count} vectors, ${form}: built in ${(built / 1000).toFixed(1)} s`);
    for (const looked of form === 'flat' ? [4] : [200, 400, 800]) measure(index, looked, vectors, asked, truth);
  }
  await whole(dir, vectors, asked);
}

type Vectors = readonly Float32Array[];

/** Time of a search with exact comparison of `looked` candidates, and the share of the true four nearest that it finds. */
function measure(
  index: VectorIndex,
  looked: number,
  vectors: Vectors,
  asked: Vectors,
  truth: readonly number[][],
): void {
  const times: number[] = [];
  let hit = 0;
  for (const [i, vector] of asked.entries()) {
    const since = performance.now();
    const hits = index
      .search(vector, looked)
      .map(({ position }) => ({ position, score: innerProduct(vector, vectors[position] as Float32Array) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 4);
    times.push(performance.now() - since);
    hit += truth[i]?.filter((at) => hits.some(({ position }) => position === at)).length ?? 0;
  }
  say(`  ${looked} candidates: ${ms(times)}, ${(hit / (4 * truth.length)).toFixed(3)} of the true 4 found`);
}

/** The same through the memory: its process, SQLite and the messages between, without the embedding. */
async function whole(dir: string, vectors: readonly Float32Array[], asked: readonly Float32Array[]): Promise<void> {
  const db = new Database(join(dir, 'long_term_memory.sqlite'), { nativeBinding: native.sqlite });
  new FactTable(db);
  db.transaction(() => {
    const fact = db.prepare('INSERT INTO facts (id, text, at, source, embedder) VALUES (?, ?, 0, ?, ?)');
    const slot = db.prepare('INSERT INTO slots (fact, vector) VALUES (?, ?)');
    for (const [i, vector] of vectors.entries()) {
      fact.run(i + 1, `fact ${i}`, 'bench', 'given');
      slot.run(i + 1, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
    }
  })();
  db.close();
  let next = 0;
  const given: Embedder = {
    id: 'given',
    dimensions: asked[0]?.length ?? 0,
    start: async () => undefined,
    embed: async () => [asked[next++ % asked.length] as Float32Array],
    health: () => ({ ok: true, detail: '' }),
    close: async () => undefined,
  };
  for (const what of ['index built anew', 'index file read']) {
    const memory = new LongTermMemory({ dir, embedder: given, native: () => native });
    const since = performance.now();
    await memory.start(signal);
    say(`${vectors.length} facts, ${what}: ready after ${((performance.now() - since) / 1000).toFixed(1)} s`);
    const times: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const before = performance.now();
      await memory.recall('given', signal);
      times.push(performance.now() - before);
    }
    say(`${vectors.length} facts, through the memory: ${ms(times)}`);
    await memory.close();
  }
}

say(`${cpus()[0]?.model}, Node ${process.version}`);
await embedder.start(signal);
await embedder.embed(['warm'], signal);
await inFolder(recall);
await inFolder((dir) => heldOutRecall({ dir, embedder, native: () => native }, say));
await inFolder((dir) => speed(dir, Number(values.vectors)));
await embedder.close();
