import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { auditEntry } from '../../server/protocol.js';
import { canonicalJson } from './shown-text.js';

export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditWhat = AuditEntry['what'];

/** What the first entry follows. */
export const GENESIS = '0'.repeat(64);

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** An entry whose hash covers all of it and, by `prev`, all before it. */
export function seal(body: Omit<AuditEntry, 'hash'>): AuditEntry {
  return { ...body, hash: sha256(canonicalJson(body)) };
}

/** Checks lines one after the other. */
export class ChainCheck {
  seq = 0;
  prev = GENESIS;

  /** Why `line` does not follow the one before it; undefined when it does. */
  take(line: string): string | undefined {
    const entry = entryOf(line);
    if (entry === undefined) return 'it is no entry';
    const { hash, ...body } = entry;
    if (sha256(canonicalJson(body)) !== hash) return 'it was changed';
    if (entry.seq !== this.seq + 1 || entry.prev !== this.prev) return 'it does not follow the line before it';
    this.seq = entry.seq;
    this.prev = hash;
    return undefined;
  }
}

/** The entry of a line; undefined when it is none. */
export function entryOf(line: string): AuditEntry | undefined {
  try {
    return auditEntry.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

const SECRET = /key|token|passw|secret|credential|authorization|cookie/i;

/** Plain data without the values of fields that are named like secrets. */
export function masked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(masked);
  return Object.fromEntries(
    Object.entries(value).map(([key, its]) => [key, SECRET.test(key) ? '(not written)' : masked(its)]),
  );
}
