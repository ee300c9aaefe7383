/** The store's own process: SQLite and the FAISS index, whose writes and exceptions must not meet the agent's event loop. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { TwinError } from '../errors.js';
import { exportMemory, importMemory } from './archive.js';
import { answerParent } from './child-messages.js';
import { FactTable } from './fact-table.js';
import { MemoryStore } from './memory-store.js';
import { loadFaiss } from './native-parts.js';
import type { StoreAsk, StoreCalls } from './store-messages.js';

/** What was forgotten can be restored for so long. */
const KEPT_MS = 24 * 3_600_000;

let store: MemoryStore | undefined;

function open({ dir, native, now }: StoreCalls['open']['ask']): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'long_term_memory.sqlite');
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { nativeBinding: native.sqlite });
    const table = new FactTable(db);
    table.purge(now - KEPT_MS);
    store = new MemoryStore(table, loadFaiss(native), dir);
  } catch (cause) {
    db?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TwinError('TWIN_MEMORY_FILE', `The long-term memory cannot be opened: ${why}.`, {
      next: `Check ${file}: move it away to begin with an empty memory, or import an export.`,
      cause,
    });
  }
}

function opened(): MemoryStore {
  if (store) return store;
  throw new TwinError('TWIN_MEMORY', 'The long-term memory is not open.', { next: 'Try again.', retryable: true });
}

async function answer(ask: StoreAsk): Promise<unknown> {
  if (ask.type === 'open') return open(ask);
  const { table } = opened();
  switch (ask.type) {
    case 'useEmbedder':
      return opened().useEmbedder(ask.id, ask.dimensions);
    case 'add':
      return opened().add(ask.fact, ask.vector, ask.supersedes);
    case 'setVectors':
      return opened().setVectors(ask.entries);
    case 'unembedded':
      return table.unembedded(ask.embedder, ask.limit);
    case 'near':
      return { near: opened().near(ask.vector, ask.count), pinned: opened().pinned(ask.vector, ask.pinned) };
    case 'get':
      return table.get(ask.id);
    case 'list':
      return table.list(ask);
    case 'history':
      return table.history(ask.id);
    case 'touch':
      return table.touch(ask.ids, ask.at, ask.saidAgain);
    case 'change':
      return opened().change(ask.id, ask.fields);
    case 'forget':
      return table.forget(ask.id, ask.at);
    case 'counts':
      return table.counts();
    case 'exportTo':
      return exportMemory(table, ask.file, ask.now);
    case 'importFrom':
      return importMemory(opened(), ask.file, ask.embedder);
    case 'save':
      return opened().save();
    case 'close':
      await opened().save();
      table.db.close();
      return null;
  }
}

answerParent(answer);
