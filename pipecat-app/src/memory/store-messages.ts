import type { Fact, FactQuery, NewFact } from './facts.js';
import type { Scored } from './memory-store.js';
import type { NativeParts } from './native-parts.js';

/** What the agent asks the process of the store, and what each question is answered with. */
export type StoreCalls = {
  open: { ask: { dir: string; native: NativeParts; now: number }; answer: null };
  useEmbedder: { ask: { id: string; dimensions: number }; answer: null };
  add: { ask: { fact: NewFact; vector?: Float32Array; supersedes?: number }; answer: Fact };
  setVectors: { ask: { entries: { id: number; vector: Float32Array }[] }; answer: null };
  unembedded: { ask: { embedder: string; limit: number }; answer: Fact[] };
  near: { ask: { vector: Float32Array; count: number; pinned: number }; answer: { near: Scored[]; pinned: Scored[] } };
  get: { ask: { id: number }; answer: Fact | undefined };
  list: { ask: FactQuery; answer: Fact[] };
  history: { ask: { id: number }; answer: Fact[] };
  touch: { ask: { ids: readonly number[]; at: number; saidAgain: boolean }; answer: null };
  change: {
    ask: { id: number; fields: { text?: string; pinned?: boolean; enabled?: boolean } };
    answer: Fact | undefined;
  };
  forget: { ask: { id: number; at: number | null }; answer: Fact | undefined };
  counts: { ask: object; answer: { facts: number; superseded: number; pinned: number } };
  exportTo: { ask: { file: string; now: number }; answer: { facts: number } };
  importFrom: { ask: { file: string; embedder: string }; answer: { facts: number } };
  save: { ask: object; answer: null };
  close: { ask: object; answer: null };
};

export type StoreAsk = { [K in keyof StoreCalls]: { type: K } & StoreCalls[K]['ask'] }[keyof StoreCalls];
