import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import { ChildCalls } from './child-calls.js';
import type { Embedder } from './embedder.js';
import { checked, type Fact, type FactQuery } from './facts.js';
import { InTurn } from './in-turn.js';
import type { LongTermOptions, Recalled, Remembered } from './long-term.types.js';
import { MINIMUM_SCORE } from './minimum-score.js';
import { knowsVectorsOf, relevance } from './relevance.js';
import { compare } from './same-fact.js';
import { sameSubjects } from './same-subject.js';
import { type SavedState, SavedStates } from './states.js';
import type { StoreAsk, StoreCalls } from './store-messages.js';

export type { Fact, Recalled, Remembered } from './long-term.types.js';

const TOP_K = 4;
/** Known facts that a new one is compared with. */
const COMPARED = 8;
/** Of what is recalled, so many may be there only because they are pinned. */
const PINNED = 2;
const STALL_MS = 30_000;
/** Archives, and loading an index that must be built anew. */
const LONG_MS = 600_000;
const BATCH = 32;

/**
 * What is remembered beyond a conversation. The store is a process of its own (SQLite and FAISS); without an embedder
 * facts are kept, listed and found by their text, and nothing is recalled.
 */
export class LongTermMemory {
  readonly #embedder: Embedder;
  readonly #store: ChildCalls;
  readonly #states: SavedStates;
  readonly #dir: string;
  readonly #topK: number;
  readonly #minimum: number;
  readonly #now: () => number;
  /** The embedder whose vectors the store's present process takes. */
  #told: { pid: number | undefined; id: string } | undefined;
  /** One change of facts at a time: two sentences of one turn must see each other. */
  readonly #changes = new InTurn();
  #counted = 0;

  constructor({ dir, embedder, native, topK, minimumScore, now }: LongTermOptions) {
    this.#dir = dir;
    this.#embedder = embedder;
    this.#topK = topK ?? TOP_K;
    this.#minimum = minimumScore ?? MINIMUM_SCORE;
    this.#now = now ?? Date.now;
    this.#states = new SavedStates(join(dir, 'saved_states'));
    this.#store = new ChildCalls({
      file: 'store-child.js',
      title: 'The store of the memory',
      code: 'TWIN_MEMORY',
      opening: (): StoreAsk => ({ type: 'open', dir, native: native(), now: this.#now() }),
      stallMs: STALL_MS,
    });
  }

  /**
   * Opens the store, waits for the embedder and embeds what it has not embedded yet. May be called again.
   * @throws TwinError also when only the embedder is missing: the store works then
   */
  async start(signal: AbortSignal): Promise<void> {
    await this.#store.open(signal);
    this.#counted = (await this.count(signal)).facts;
    await this.#embedder.start(signal);
    await this.#ready(signal);
    await this.#catchUp(signal);
  }

  health(): { ok: boolean; detail: string } {
    const { problem } = this.#store;
    if (problem !== '') return { ok: false, detail: problem };
    const embedder = this.#embedder.health();
    if (!embedder.ok) return { ok: false, detail: `Facts are kept, not recalled: ${embedder.detail}` };
    return { ok: true, detail: `${this.#counted} fact${this.#counted === 1 ? '' : 's'}` };
  }

  /** Whether facts can be told by their meaning now. */
  readonly meaning = (): boolean => this.#embedder.health().ok;

  /** Of the store's process, for tests. */
  get pid(): number | undefined {
    return this.#store.pid;
  }

  /** What bears on `text`, best first, at most `topK`; pinned facts are always considered. Empty without an embedder. */
  async recall(text: string, signal: AbortSignal): Promise<Recalled[]> {
    return this.#search(text, this.#topK, this.#minimum, PINNED, signal);
  }

  /** By meaning, whatever the score; empty without an embedder. */
  async search(text: string, limit: number, signal: AbortSignal): Promise<Recalled[]> {
    return this.#search(text, limit, 0, 0, signal);
  }

  /** Counts that an answer used these facts. */
  async markUsed(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.#ask({ type: 'touch', ids, at: this.#now(), saidAgain: false });
  }

  /**
   * Keeps a fact; it is on disk when this resolves. The same fact again is merged; one that contradicts a known fact takes
   * its place, and the known one becomes its history (not a pinned one).
   * @throws TwinError `TWIN_FACT`
   */
  async remember(text: string, source: string, signal: AbortSignal): Promise<Remembered> {
    const fact = { text: checked(text), at: this.#now(), source };
    return this.#changes.run(() => this.#remember(fact, signal));
  }

  /** Hides a fact, for a day; undefined when there is none. */
  async forget(id: number): Promise<Fact | undefined> {
    return this.#counting(this.#ask({ type: 'forget', id, at: this.#now() }));
  }

  /** Undoes `forget`. */
  async restore(id: number): Promise<Fact | undefined> {
    return this.#counting(this.#ask({ type: 'forget', id, at: null }));
  }

  /** A pinned fact is always considered. */
  pin(id: number, on: boolean): Promise<Fact | undefined> {
    return this.#ask({ type: 'change', id, fields: { pinned: on } });
  }

  /** A fact that is switched off is kept and not recalled. */
  enable(id: number, on: boolean): Promise<Fact | undefined> {
    return this.#ask({ type: 'change', id, fields: { enabled: on } });
  }

  /** @throws TwinError `TWIN_FACT` */
  async edit(id: number, text: string, signal: AbortSignal = new AbortController().signal): Promise<Fact | undefined> {
    const fields = { text: checked(text) };
    return this.#changes.run(async () => {
      const changed = await this.#ask({ type: 'change', id, fields });
      if (changed && this.meaning()) await this.#catchUp(signal);
      return changed;
    });
  }

  get(id: number): Promise<Fact | undefined> {
    return this.#ask({ type: 'get', id });
  }

  /** Newest first. */
  list(query: FactQuery): Promise<Fact[]> {
    return this.#ask({ type: 'list', ...query });
  }

  /** What a fact took the place of, newest first. */
  history(id: number): Promise<Fact[]> {
    return this.#ask({ type: 'history', id });
  }

  count(signal?: AbortSignal): Promise<StoreCalls['counts']['answer']> {
    return this.#ask({ type: 'counts' }, signal);
  }

  /** Writes everything as one archive; `file` appears when it is whole. */
  exportTo(file: string, signal?: AbortSignal): Promise<{ facts: number }> {
    return this.#ask({ type: 'exportTo', file, now: this.#now() }, signal, LONG_MS);
  }

  /** Takes an archive in the place of everything. @throws TwinError `TWIN_MEMORY_ARCHIVE`; nothing is changed then */
  async importFrom(file: string, signal: AbortSignal = new AbortController().signal): Promise<{ facts: number }> {
    return this.#changes.run(async () => {
      const done = await this.#ask({ type: 'importFrom', file, embedder: this.#embedder.id }, signal, LONG_MS);
      this.#counted = (await this.count()).facts;
      if (this.meaning()) await this.#catchUp(signal);
      return done;
    });
  }

  states(): Promise<SavedState[]> {
    return this.#states.list();
  }

  /** Keeps the whole memory under a name; one of that name is replaced. @throws TwinError `TWIN_STATE_NAME` */
  async saveState(name: string): Promise<{ facts: number }> {
    return this.exportTo(await this.#states.make(name));
  }

  /** @throws TwinError `TWIN_STATE_NAME`, `TWIN_NOT_FOUND`, `TWIN_MEMORY_ARCHIVE` */
  async loadState(name: string, signal?: AbortSignal): Promise<{ facts: number }> {
    return this.importFrom(await this.#states.find(name), signal);
  }

  deleteState(name: string): Promise<void> {
    return this.#states.remove(name);
  }

  /** Calls `use` with a path for an archive, which is removed afterwards. */
  async withArchive<T>(use: (file: string) => Promise<T>): Promise<T> {
    const file = join(this.#dir, `.archive-${randomBytes(6).toString('hex')}.tar.gz`);
    try {
      return await use(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#changes.settled();
    await this.#store.close({ type: 'close' } satisfies StoreAsk);
  }

  async #remember(fact: { text: string; at: number; source: string }, signal: AbortSignal): Promise<Remembered> {
    const vector = await this.#vector(fact.text, signal);
    if (!vector) return this.#keep({ type: 'add', fact });
    const { near } = await this.#ask({ type: 'near', vector, count: COMPARED, pinned: 0 }, signal);
    const alike = await sameSubjects(this.#embedder, fact.text, near, signal);
    for (const known of near) {
      const verdict = compare(fact.text, known.text, known.score, alike);
      if (verdict === 'other' || (verdict === 'contradicts' && known.pinned)) continue;
      const { score, ...before } = known;
      if (verdict === 'contradicts')
        return {
          ...(await this.#keep({ type: 'add', fact, vector, supersedes: before.id })),
          how: 'superseded',
          before,
        };
      await this.#ask({ type: 'touch', ids: [before.id], at: fact.at, saidAgain: true });
      return { fact: (await this.get(before.id)) ?? before, how: 'merged', before };
    }
    return this.#keep({ type: 'add', fact, vector });
  }

  async #keep(ask: Extract<StoreAsk, { type: 'add' }>): Promise<Remembered> {
    return { fact: await this.#counting(this.#ask(ask)), how: 'new' };
  }

  async #search(text: string, limit: number, least: number, pins: number, signal: AbortSignal): Promise<Recalled[]> {
    if (text.trim() === '') return [];
    const vector = await this.#vector(text, signal);
    if (!vector) return [];
    const { near, pinned } = await this.#ask({ type: 'near', vector, count: limit, pinned: pins }, signal);
    // Other embedders have other vectors: of those only the nearness says something.
    const fitted = knowsVectorsOf(this.#embedder.id);
    const found = near.filter(({ score }) => (fitted ? relevance(text, vector, score) : score) >= least);
    const others = pinned.filter(({ id }) => !found.some((one) => one.id === id)).slice(0, limit);
    return [...found.slice(0, limit - others.length), ...others];
  }

  /** Undefined without an embedder. */
  async #vector(text: string, signal: AbortSignal): Promise<Float32Array | undefined> {
    try {
      const [vector] = await this.#embedder.embed([text], signal);
      await this.#ready(signal);
      return vector;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (this.#store.problem !== '' || !(error instanceof TwinError)) throw error;
      return undefined;
    }
  }

  /** Makes sure that the store's process, which may be a new one, knows the embedder. */
  async #ready(signal: AbortSignal): Promise<void> {
    await this.#store.open(signal);
    const { pid } = this.#store;
    const { id, dimensions } = this.#embedder;
    if (this.#told?.pid === pid && this.#told?.id === id) return;
    await this.#ask({ type: 'useEmbedder', id, dimensions }, signal, LONG_MS);
    this.#told = { pid, id };
  }

  /** Embeds what has no vector of this embedder yet. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    for (;;) {
      const facts = await this.#ask({ type: 'unembedded', embedder: this.#embedder.id, limit: BATCH }, signal);
      if (facts.length === 0) return;
      const texts = facts.map(({ text }) => text);
      const vectors = await this.#embedder.embed(texts, signal);
      await this.#ready(signal);
      const entries = facts.map(({ id }, i) => ({ id, vector: vectors[i] as Float32Array }));
      await this.#ask({ type: 'setVectors', entries }, signal);
    }
  }

  async #counting<T>(change: Promise<T>): Promise<T> {
    const done = await change;
    this.#counted = (await this.count()).facts;
    return done;
  }

  #ask<K extends keyof StoreCalls>(
    ask: { type: K } & StoreCalls[K]['ask'],
    signal: AbortSignal = new AbortController().signal,
    stallMs = STALL_MS,
  ): Promise<StoreCalls[K]['answer']> {
    return this.#store.call(ask, signal, stallMs);
  }
}
