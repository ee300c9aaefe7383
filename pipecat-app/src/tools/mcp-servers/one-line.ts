import { harmless } from '../../mind/quoted.js';

/** Words from outside in one line of at most `most` characters, with nothing that a chat template takes for a role. */
export function oneLine(text: string, most: number): string {
  const line = harmless(text.slice(0, most * 4))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}
