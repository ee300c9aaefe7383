import { diffLines } from 'diff';
import type { DiffLine } from '../../../src/server/cluster-protocol.js';

/** Equal lines that are shown around a change. */
const AROUND = 3;

/** How `before` becomes `after`, line by line; long equal parts are told by their length. Empty: they are the same. */
export function lineDiff(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const parts = diffLines(before, after);
  return parts.flatMap(({ added, removed, value }, at): DiffLine[] => {
    const lines = value.replace(/\n$/, '').split('\n');
    if (added || removed) return lines.map((text) => ({ sign: added ? '+' : '-', depth: 0, text: text || ' ' }));
    const head = at === 0 ? 0 : AROUND;
    const tail = at === parts.length - 1 ? 0 : AROUND;
    const equal = (some: string[]) => some.map((text): DiffLine => ({ sign: ' ', depth: 0, text: text || ' ' }));
    const hidden = lines.length - head - tail;
    if (hidden <= 1) return equal(lines);
    return [
      ...equal(lines.slice(0, head)),
      { sign: ' ', depth: 0, text: `… ${hidden} equal lines` },
      ...equal(lines.slice(lines.length - tail)),
    ];
  });
}

/** In words, for who does not see the lines. */
export function diffWords(lines: readonly DiffLine[]): string {
  const count = (sign: DiffLine['sign']) => lines.filter((line) => line.sign === sign).length;
  const added = count('+');
  if (lines.length === 0) return 'No difference.';
  return `${added} ${added === 1 ? 'line' : 'lines'} added, ${count('-')} removed.`;
}
