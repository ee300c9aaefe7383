import type { Embedder } from './embedder.js';
import type { Fact } from './facts.js';
import { innerProduct } from './inner-product.js';
import { plain, statement } from './same-fact.js';

/** Two subjects this near mean the same: "favourite colour", "preferred colour". */
const SAME_SUBJECT = 0.86;

/** Whether the subject of `text` and that of a fact near it mean the same, as a question that needs no more waiting. */
export async function sameSubjects(
  embedder: Embedder,
  text: string,
  near: readonly Fact[],
  signal: AbortSignal,
): Promise<(a: string, b: string) => boolean> {
  const own = statement(plain(text))?.subject;
  if (own === undefined) return () => false;
  const others = [...new Set(near.flatMap((known) => statement(plain(known.text))?.subject ?? []))];
  if (others.every((subject) => subject === own)) return (a, b) => a === b;
  const [mine, ...theirs] = await embedder.embed([own, ...others], signal);
  const same = new Set(
    others.filter((_, i) => innerProduct(mine as Float32Array, theirs[i] as Float32Array) >= SAME_SUBJECT),
  );
  return (_, other) => same.has(other);
}
