import type { Entity } from './home-assistant.js';

/** The entity that `name` means: its id or name, else the one that shares most of its words. Several: all that tie. */
export function namedBy(name: string, entities: readonly Entity[]): Entity[] {
  const wanted = name.trim().toLowerCase();
  const exact = entities.filter((one) => one.id === wanted || one.name.toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  const words = wordsOf(wanted);
  if (words.length === 0) return [];
  const scored = entities.map((entity) => ({ entity, score: shared(words, wordsOf(`${entity.name} ${entity.id}`)) }));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  // Most of what was said must be in the name, or anything would do.
  if (best < 0.6) return [];
  return scored.filter(({ score }) => score === best).map(({ entity }) => entity);
}

const NOISE = new Set(['the', 'a', 'in', 'of', 'my', 'on', 'off', 'please']);
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    .filter((word) => !NOISE.has(word))
    .map((word) => word.replace(/(?<=..)s$/, ''));

function shared(wanted: readonly string[], of: readonly string[]): number {
  return wanted.filter((word) => of.includes(word)).length / wanted.length;
}
