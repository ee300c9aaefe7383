/** A piece of an example: words, and the argument that they fill. Without `value` the argument is what was said. */
export type ExamplePart = { words: string; arg?: string; value?: string };

const MARK = /\{([a-z_.]+)(?::([^}=]*))?(?:=([^}]*))?\}/gi;

/**
 * Takes an example of a method apart. `{argument:words}` marks words that fill an argument, `{argument:words=value}` words
 * that stand for a value (`*` in it is what was said), `{argument=value}` a value that no word says.
 */
export function exampleParts(example: string): ExamplePart[] {
  const parts: ExamplePart[] = [];
  const add = (words: string): void => {
    if (words.trim() !== '') parts.push({ words: words.trim() });
  };
  let at = 0;
  for (const mark of example.matchAll(MARK)) {
    const [whole, arg = '', words = '', value] = mark;
    add(example.slice(at, mark.index));
    parts.push({ words: words.trim(), arg, ...(value !== undefined && { value }) });
    at = mark.index + whole.length;
  }
  add(example.slice(at));
  return parts;
}

/** An example as a person would say it. */
export const plainExample = (example: string): string =>
  exampleParts(example)
    .map(({ words }) => words)
    .filter(Boolean)
    .join(' ');
