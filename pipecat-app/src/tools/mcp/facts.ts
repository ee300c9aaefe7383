/** One thing that the agent was told or noticed. */
export type Fact = { id: number; text: string; at: number; source: string; pinned: boolean; used: number };

/** What the control program needs of the long-term memory. */
export interface Facts {
  recall(text: string, signal: AbortSignal): Promise<readonly (Fact & { score: number })[]>;
  remember(
    text: string,
    source: string,
    signal: AbortSignal,
  ): Promise<{ fact: Fact; how: 'new' | 'merged' | 'superseded'; before?: Fact | undefined }>;
  forget(id: number): Promise<Fact | undefined>;
  list(what: { text?: string; limit: number }): readonly Fact[] | Promise<readonly Fact[]>;
  count(): number | Promise<number>;
}

/**
 * The facts that `query` may mean: one that says it word for word, else those that contain all its words, else those
 * that are near in meaning.
 */
export async function meant(facts: Facts, query: string, most: number, signal: AbortSignal): Promise<readonly Fact[]> {
  const wanted = wordsOf(query);
  const all = await facts.list({ limit: 10_000 });
  const same = all.filter(({ text }) => wordsOf(text).join(' ') === wanted.join(' '));
  if (same.length > 0) return same.slice(0, 1);
  const found = wanted.length === 0 ? [] : all.filter(({ text }) => containsAll(wordsOf(text), wanted));
  if (found.length > 0) return found.slice(0, most);
  return (await facts.recall(query, signal)).slice(0, most);
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const containsAll = (text: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((word) => text.includes(word));
