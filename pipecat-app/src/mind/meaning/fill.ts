import type { SlotReader } from '../reflex/slots.js';
import type { Span } from './spans.js';
import type { Target } from './targets.js';

/** Arguments of a target as far as the sentence has them. */
export type Filled = {
  args: Record<string, unknown>;
  /** Values that were said and that the target has no use for. */
  unused: number;
};

/**
 * The arguments that the words give to a target; undefined when one is missing, or when the method's schema refuses
 * them.
 */
export function fill(
  { args: fixed, slots, ways, schema }: Target,
  words: readonly string[],
  spans: readonly Span[],
  readers: Readonly<Record<string, SlotReader>>,
): Filled | undefined {
  const args: Record<string, unknown> = { ...fixed };
  const used = new Set<Span>();
  for (const { arg, type } of slots) {
    if (arg in args || type === 'text') continue;
    const span = spans.find((one) => one.type === type && !used.has(one));
    if (span !== undefined) {
      used.add(span);
      args[arg] = span.value;
    } else {
      const value = type.startsWith('enum:')
        ? oneOf(type, words)
        : TYPED.has(type)
          ? undefined
          : fromList(readers[type], words);
      if (value !== undefined) args[arg] = value;
    }
  }
  if (!ways.some((way) => way.every((arg) => arg in args))) return undefined;
  if (schema !== undefined && !accepts(schema, args)) return undefined;
  return { args, unused: spans.length - used.size };
}

function accepts(schema: NonNullable<Target['schema']>, args: Record<string, unknown>): boolean {
  try {
    return schema.safeParse(args).success;
  } catch {
    return false;
  }
}

const oneOf = (type: string, words: readonly string[]): string | undefined =>
  type
    .slice('enum:'.length)
    .split('|')
    .find((value) => ` ${words.join(' ')} `.includes(` ${value.toLowerCase().replaceAll(/[_-]/g, ' ')} `));

const TYPED = new Set(['number', 'duration', 'time', 'percent']);

/** An entry of a list of the commands file, wherever it was said. */
function fromList(reader: SlotReader | undefined, words: readonly string[]): unknown {
  if (reader === undefined) return undefined;
  for (let i = 0; i < words.length; i++) {
    const [best] = [...reader(words, i)].filter(({ cost }) => cost === 0).sort((a, b) => b.length - a.length);
    if (best) return best.value;
  }
  return undefined;
}
