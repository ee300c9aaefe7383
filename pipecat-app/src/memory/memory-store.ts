import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '../models/checksum.js';
import { ACTIVE, type FactTable } from './fact-table.js';
import type { Fact, NewFact } from './facts.js';
import { InTurn } from './in-turn.js';
import { innerProduct } from './inner-product.js';
import { type Faiss, FLAT_UP_TO, type Hit, type IndexForm, VectorIndex } from './vector-index.js';

export const INDEX_FILE = 'long_term_memory.faiss';
/** Changes after which the index file is written again; until then a start adds what it lacks. */
const SAVE_EVERY = 200;
/** … or this share of the index, when that is more. */
const SAVE_SHARE = 0.05;
/** An index of bits with more than this share of emptied places is built anew at the next start. */
const MOST_EMPTY = 0.25;
/** What a search asks for at least; of bits so many candidates hold 0.98 of the true four nearest. */
const LEAST_ASKED = { flat: 64, bits: 400 } as const;
/** Vectors added before something else may run. */
const SLICE = 64;

type SlotRow = { slot: number; fact: number | null; vector: Uint8Array | null };
type Saved = { form: IndexForm; slots: number; sha256: string };
/** An index, the fact at each of its positions (0: gone), and the number of the last slot in it. */
type Filled = { index: VectorIndex; factAt: number[]; lastSlot: number };
export type Scored = Fact & { score: number };

/** Facts and the index of their vectors. SQLite is the truth; the index is rebuilt from it when the two do not match. */
export class MemoryStore {
  #live: Filled | undefined;
  /** The one that is being filled and will take the place of `#live`. */
  #next: Filled | undefined;
  #embedder = '';
  #unsaved = 0;
  /** Filling and saving, one after the other. */
  readonly #work = new InTurn();

  constructor(
    readonly table: FactTable,
    private readonly faiss: Faiss,
    private readonly dir: string,
  ) {}

  get file(): string {
    return join(this.dir, INDEX_FILE);
  }

  /** Takes vectors of this embedder from now on; those of another are dropped, their facts are `unembedded` then. */
  async useEmbedder(id: string, dimensions: number): Promise<void> {
    if (this.#embedder === id && this.#live) return;
    this.#embedder = id;
    const { db } = this.table;
    db.transaction(() => {
      const { changes } = db
        .prepare('DELETE FROM slots WHERE fact IS NOT NULL AND fact NOT IN (SELECT id FROM facts WHERE embedder = ?)')
        .run(id);
      if (changes > 0) db.prepare('DELETE FROM saved').run();
    })();
    await this.#work.run(() => this.#load(dimensions));
  }

  add(fact: NewFact, vector?: Float32Array, supersedes?: number): Fact {
    const added = this.table.db.transaction(() => {
      const made = this.table.add(fact, supersedes);
      if (vector) this.#place(made.id, vector);
      return made;
    })();
    this.#follow();
    return added;
  }

  /** Gives facts their vectors, in the place of older ones. */
  setVectors(entries: readonly { id: number; vector: Float32Array }[]): void {
    this.table.db.transaction(() => {
      for (const { id, vector } of entries) {
        this.#empty(id);
        if (this.table.get(id)) this.#place(id, vector);
      }
    })();
    this.#follow();
  }

  /** Changes a fact; with another text its vector is gone until it is given a new one. */
  change(id: number, fields: { text?: string; pinned?: boolean; enabled?: boolean }): Fact | undefined {
    return this.table.db.transaction(() => {
      if (fields.text !== undefined) this.#empty(id);
      return this.table.change(id, fields);
    })();
  }

  /** Replaces everything by `facts`; an error in `fill` keeps what was there. */
  async replace(fill: () => void): Promise<void> {
    const { db } = this.table;
    db.transaction(() => {
      for (const table of ['facts', 'slots', 'saved']) db.prepare(`DELETE FROM ${table}`).run();
      fill();
    })();
    const dimensions = this.#live?.index.dimensions;
    if (dimensions !== undefined) await this.#work.run(() => this.#rebuild(dimensions, false));
  }

  /** The nearest facts that may be recalled, best first. */
  near(vector: Float32Array, count: number): Scored[] {
    const live = this.#live;
    if (!live) return [];
    const isActive = this.table.db.prepare<[number], Record<string, number>>(
      `SELECT 1 FROM facts WHERE id = ? AND ${ACTIVE}`,
    );
    for (let asked = Math.max(LEAST_ASKED[live.index.form], 2 * count); ; asked *= 4) {
      const found: Scored[] = [];
      for (const { id, score } of this.#candidates(live, live.index.search(vector, asked), vector)) {
        if (isActive.get(id)) found.push({ ...(this.table.get(id) as Fact), score });
        if (found.length === count) break;
      }
      if (found.length === count || asked >= live.index.size) return found;
    }
  }

  /** The facts behind hits with their true scores, best first. */
  #candidates({ index, factAt }: Filled, hits: readonly Hit[], vector: Float32Array): { id: number; score: number }[] {
    const facts = hits
      .map(({ position, score }) => ({ id: factAt[position] ?? 0, score }))
      .filter(({ id }) => id !== 0);
    if (index.form === 'flat') return facts;
    const stored = this.#vectorOf();
    return facts
      .map(({ id }) => ({ id, score: innerProduct(vector, floats(stored.get(id)?.vector ?? new Uint8Array())) }))
      .sort((a, b) => b.score - a.score);
  }

  #vectorOf() {
    return this.table.db.prepare<[number], { vector: Uint8Array }>('SELECT vector FROM slots WHERE fact = ?');
  }

  /** Pinned facts, with how near they are to `vector`. */
  pinned(vector: Float32Array, limit: number): Scored[] {
    const stored = this.#vectorOf();
    return this.table.pinned(limit).map((fact) => {
      const row = stored.get(fact.id);
      return { ...fact, score: row ? innerProduct(vector, floats(row.vector)) : 0 };
    });
  }

  /** Writes the index file; a crash leaves the old one or the new one, and SQLite says which it counts on. */
  async save(): Promise<void> {
    await this.#work.run(() => this.#save());
  }

  async #save(): Promise<void> {
    const live = this.#live;
    if (!live || this.#unsaved === 0) return;
    this.#unsaved = 0;
    const { size, form } = live.index;
    await live.index.write(this.file);
    const sha256 = await sha256File(this.file);
    this.table.db
      .prepare('INSERT OR REPLACE INTO saved (only, form, slots, sha256) VALUES (1, ?, ?, ?)')
      .run(form, size, sha256);
  }

  async #load(dimensions: number): Promise<void> {
    const { db } = this.table;
    const saved = db.prepare<[], Saved>('SELECT * FROM saved').get();
    const slots = db
      .prepare<[], { slot: number; fact: number | null }>('SELECT slot, fact FROM slots ORDER BY slot')
      .all();
    const empty = slots.filter(({ fact }) => fact === null).length;
    const tired = saved?.form === 'bits' ? empty > MOST_EMPTY * slots.length : empty > 0;
    if (!saved || tired || saved.slots > slots.length || !(await this.#isWhole(saved))) {
      await rm(this.file, { force: true });
      return this.#rebuild(dimensions, false);
    }
    const index = VectorIndex.read(this.faiss, this.file, saved.form);
    if (index.dimensions !== dimensions || index.size !== saved.slots) return this.#rebuild(dimensions, false);
    const known = slots.slice(0, saved.slots);
    this.#live = { index, factAt: known.map(({ fact }) => fact ?? 0), lastSlot: known.at(-1)?.slot ?? 0 };
    await this.#fill(this.#live);
  }

  async #isWhole({ sha256 }: Saved): Promise<boolean> {
    const there = await stat(this.file).catch(() => undefined);
    return there !== undefined && (await sha256File(this.file)) === sha256;
  }

  /** Builds the index anew; emptied slots are gone then. `quietly`: the old one answers until the new one is ready. */
  async #rebuild(dimensions: number, quietly: boolean): Promise<void> {
    const { db } = this.table;
    const { n } = db.transaction(() => {
      db.prepare('DELETE FROM saved').run();
      db.prepare('DELETE FROM slots WHERE fact IS NULL').run();
      return db.prepare<[], { n: number }>('SELECT count(*) AS n FROM slots').get() as { n: number };
    })();
    const index = VectorIndex.empty(this.faiss, dimensions, n > FLAT_UP_TO ? 'bits' : 'flat');
    const next: Filled = { index, factAt: [], lastSlot: 0 };
    if (!quietly) this.#live = next;
    this.#next = next;
    try {
      await this.#fill(next);
      this.#live = next;
    } finally {
      this.#next = undefined;
    }
    this.#unsaved = Math.max(1, this.#unsaved);
  }

  /** Adds, slice by slice, what SQLite has behind the last slot of `filled`. */
  async #fill(filled: Filled): Promise<void> {
    while (this.#take(filled, SLICE)) await new Promise(setImmediate);
  }

  /** True when there was something to add. */
  #take(filled: Filled, limit: number): boolean {
    const rows = this.table.db
      .prepare<[number, number], SlotRow>('SELECT slot, fact, vector FROM slots WHERE slot > ? ORDER BY slot LIMIT ?')
      .all(filled.lastSlot, limit);
    if (rows.length === 0) return false;
    filled.index.add(rows.map(({ vector }) => (vector ? floats(vector) : new Float32Array(filled.index.dimensions))));
    for (const { slot, fact } of rows) {
      filled.factAt.push(fact ?? 0);
      filled.lastSlot = slot;
    }
    if (filled === this.#live) this.#unsaved += rows.length;
    return true;
  }

  /** Lets the index follow SQLite after a change. */
  #follow(): void {
    const live = this.#live;
    if (!live) return;
    // Whoever fills it reads on until there is nothing new.
    if (live !== this.#next) while (this.#take(live, SLICE));
    const { size, form, dimensions } = live.index;
    if (form === 'flat' && size > FLAT_UP_TO && !this.#next) void this.#work.run(() => this.#rebuild(dimensions, true));
    else if (this.#unsaved > Math.max(SAVE_EVERY, SAVE_SHARE * size)) void this.#work.run(() => this.#save());
  }

  #empty(id: number): void {
    this.table.db.prepare('UPDATE slots SET fact = NULL, vector = NULL WHERE fact = ?').run(id);
    for (const filled of [this.#live, this.#next]) {
      const at = filled?.factAt.indexOf(id) ?? -1;
      if (at >= 0) (filled as Filled).factAt[at] = 0;
    }
  }

  #place(id: number, vector: Float32Array): void {
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    this.table.db.prepare('INSERT INTO slots (fact, vector) VALUES (?, ?)').run(id, bytes);
    this.table.db.prepare('UPDATE facts SET embedder = ? WHERE id = ?').run(this.#embedder, id);
  }
}

/** Single-precision numbers out of little-endian bytes, not copied where they lie as the processor wants them. */
export function floats(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(buffer, byteOffset, length / 4);
}
