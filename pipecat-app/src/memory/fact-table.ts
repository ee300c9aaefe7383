import type Database from 'better-sqlite3';
import type { Fact, FactQuery, NewFact } from './facts.js';

type Row = Omit<Fact, 'pinned' | 'enabled'> & { pinned: number; enabled: number };

/**
 * A slot is a place in the index of vectors: the rank of a slot's number is its position there, so slots are emptied and
 * never removed while an index counts on them. `saved` says which index file holds how many of them.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS facts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0, enabled INTEGER NOT NULL DEFAULT 1, used INTEGER NOT NULL DEFAULT 0,
    usedAt INTEGER NOT NULL DEFAULT 0, supersededBy INTEGER, forgottenAt INTEGER, embedder TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS slots (slot INTEGER PRIMARY KEY AUTOINCREMENT, fact INTEGER UNIQUE, vector BLOB) STRICT;
  CREATE TABLE IF NOT EXISTS saved (only INTEGER PRIMARY KEY CHECK (only = 1), form TEXT NOT NULL,
    slots INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS by_embedder ON facts (embedder);
  CREATE INDEX IF NOT EXISTS by_pin ON facts (usedAt) WHERE pinned = 1;`;

const FIELDS = 'id, text, at, source, pinned, enabled, used, usedAt, supersededBy, forgottenAt';
/** What may be recalled. */
export const ACTIVE = 'enabled = 1 AND supersededBy IS NULL AND forgottenAt IS NULL';

/** The facts in SQLite; every method is one transaction that is on disk when it returns. */
export class FactTable {
  constructor(readonly db: Database.Database) {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('secure_delete = ON');
    // Vectors are read in hundreds at a time, from all over the file.
    db.pragma('mmap_size = 536870912');
    db.exec(SCHEMA);
  }

  add({ text, at, source }: NewFact, supersedes?: number): Fact {
    return this.db.transaction(() => {
      const { lastInsertRowid } = this.db
        .prepare('INSERT INTO facts (text, at, source) VALUES (?, ?, ?)')
        .run(text, at, source);
      const id = Number(lastInsertRowid);
      if (supersedes !== undefined)
        this.db.prepare('UPDATE facts SET supersededBy = ? WHERE id = ?').run(id, supersedes);
      return this.get(id) as Fact;
    })();
  }

  get(id: number): Fact | undefined {
    const row = this.db.prepare<[number], Row>(`SELECT ${FIELDS} FROM facts WHERE id = ?`).get(id);
    return row && asFact(row);
  }

  list({ text, limit, before, superseded = false }: FactQuery): Fact[] {
    const like = text === undefined ? '%' : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    return this.db
      .prepare<unknown[], Row>(
        `SELECT ${FIELDS} FROM facts WHERE forgottenAt IS NULL AND (supersededBy IS NULL OR ?) AND id < ?
         AND text LIKE ? ESCAPE '\\' ORDER BY id DESC LIMIT ?`,
      )
      .all(superseded ? 1 : 0, before ?? Number.MAX_SAFE_INTEGER, like, limit)
      .map(asFact);
  }

  pinned(limit: number): Fact[] {
    return this.db
      .prepare<[number], Row>(
        `SELECT ${FIELDS} FROM facts WHERE pinned = 1 AND ${ACTIVE} ORDER BY usedAt DESC, id DESC LIMIT ?`,
      )
      .all(limit)
      .map(asFact);
  }

  /** Facts that another took the place of, which `id` took it in the end; newest first. */
  history(id: number): Fact[] {
    return this.db
      .prepare<[number], Row>(
        `WITH RECURSIVE chain (of) AS (SELECT id FROM facts WHERE supersededBy = ? UNION
           SELECT facts.id FROM facts JOIN chain ON facts.supersededBy = chain.of)
         SELECT ${FIELDS} FROM facts WHERE id IN chain ORDER BY id DESC`,
      )
      .all(id)
      .map(asFact);
  }

  /** Counts a use; `at` becomes the fact's time too when it was said again. */
  touch(ids: readonly number[], at: number, saidAgain: boolean): void {
    const one = this.db.prepare('UPDATE facts SET used = used + 1, usedAt = ?, at = iif(?, ?, at) WHERE id = ?');
    this.db.transaction(() => {
      for (const id of ids) one.run(at, saidAgain ? 1 : 0, at, id);
    })();
  }

  change(
    id: number,
    { text, pinned, enabled }: { text?: string; pinned?: boolean; enabled?: boolean },
  ): Fact | undefined {
    this.db.transaction(() => {
      if (pinned !== undefined) this.db.prepare('UPDATE facts SET pinned = ? WHERE id = ?').run(pinned ? 1 : 0, id);
      if (enabled !== undefined) this.db.prepare('UPDATE facts SET enabled = ? WHERE id = ?').run(enabled ? 1 : 0, id);
      if (text !== undefined) this.db.prepare('UPDATE facts SET text = ?, embedder = NULL WHERE id = ?').run(text, id);
    })();
    return this.get(id);
  }

  /** Marks a fact as forgotten, or (null) as not forgotten; undefined when there is none to mark. */
  forget(id: number, at: number | null): Fact | undefined {
    const { changes } = this.db
      .prepare('UPDATE facts SET forgottenAt = ? WHERE id = ? AND (forgottenAt IS NULL) = ?')
      .run(at, id, at === null ? 0 : 1);
    return changes === 0 ? undefined : this.get(id);
  }

  /** Removes for good what was forgotten before that time. */
  purge(before: number): void {
    this.db.transaction(() => {
      const gone = 'SELECT id FROM facts WHERE forgottenAt < ?';
      this.db.prepare(`UPDATE slots SET fact = NULL, vector = NULL WHERE fact IN (${gone})`).run(before);
      this.db.prepare(`UPDATE facts SET supersededBy = NULL WHERE supersededBy IN (${gone})`).run(before);
      this.db.prepare('DELETE FROM facts WHERE forgottenAt < ?').run(before);
    })();
    // The old pages are overwritten when the journal is taken over.
    this.db.pragma('wal_checkpoint(TRUNCATE)');
  }

  counts(): { facts: number; superseded: number; pinned: number } {
    const count = (where: string) =>
      (this.db.prepare(`SELECT count(*) AS n FROM facts WHERE forgottenAt IS NULL AND ${where}`).get() as { n: number })
        .n;
    return {
      facts: count('supersededBy IS NULL'),
      superseded: count('supersededBy IS NOT NULL'),
      pinned: count('pinned = 1'),
    };
  }

  /** Facts that may be recalled and have no vector of this embedder. */
  unembedded(embedder: string, limit: number): Fact[] {
    return this.db
      .prepare<[string, number], Row>(
        `SELECT ${FIELDS} FROM facts WHERE embedder IS NOT ? AND forgottenAt IS NULL AND supersededBy IS NULL LIMIT ?`,
      )
      .all(embedder, limit)
      .map(asFact);
  }
}

export const asFact = ({ pinned, enabled, ...rest }: Row): Fact => ({
  ...rest,
  pinned: pinned === 1,
  enabled: enabled === 1,
});
