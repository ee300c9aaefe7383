import type { Hearing } from './hearing.js';
import type { Template } from './template.js';

export type Match = {
  args: Readonly<Record<string, unknown>>;
  /** 0: said word for word. */
  cost: number;
  /** Words of the template and its slots that were heard. */
  matched: number;
  /** True when the last slot could go on with the next word. */
  open: boolean;
};

/** The cheapest way to a place, with the way it came. */
type Cell = { cost: number; matched: number; open: boolean; from: Cell | undefined; arg?: string; value?: unknown };

/**
 * Finds the cheapest way through `template` that uses up all that was heard, at a cost of at most `budget`: a shortest
 * path over (node, words used). Edges never lead back and words only go forward, so one pass in order is enough.
 */
export function matchTemplate(template: Template, heard: Hearing, budget: number): Match | undefined {
  const width = heard.words.length + 1;
  const cells: (Cell | undefined)[] = [];
  cells[0] = { cost: 0, matched: 0, open: false, from: undefined };

  const reach = (
    node: number,
    used: number,
    cost: number,
    matched: number,
    open: boolean,
    from: Cell,
    arg?: string,
    value?: unknown,
  ): void => {
    if (cost > budget || used >= width) return;
    const at = node * width + used;
    const there = cells[at];
    if (there !== undefined && (there.cost < cost || (there.cost === cost && there.matched >= matched))) return;
    cells[at] = arg === undefined ? { cost, matched, open, from } : { cost, matched, open, from, arg, value };
  };

  for (const node of template.order) {
    for (let used = 0; used < width; used++) {
      const cell = cells[node * width + used];
      if (cell === undefined) continue;
      const { cost, matched, open } = cell;
      if (used < width - 1) reach(node, used + 1, cost + heard.extra(used), matched, open, cell);
      for (const edge of template.edges[node] ?? []) {
        if (edge.kind === 'skip') reach(edge.to, used, cost, matched, open, cell);
        else if (edge.kind === 'word') {
          reach(edge.to, used, cost + heard.missing(edge.word), matched, open, cell);
          if (used >= width - 1) continue;
          reach(edge.to, used + 1, cost + heard.one(edge.word, used), matched + 1, false, cell);
          reach(edge.to, used + 2, cost + heard.two(edge.word, used), matched + 1, false, cell);
        } else {
          for (const { value, length, cost: far, open: goesOn } of heard.readings(edge.type, used)) {
            reach(edge.to, used + length, cost + far, matched + length, goesOn, cell, edge.arg, value);
          }
        }
      }
    }
  }
  const end = cells[template.end * width + heard.words.length];
  if (end === undefined) return undefined;
  const args: Record<string, unknown> = {};
  for (let cell: Cell | undefined = end; cell; cell = cell.from)
    if (cell.arg !== undefined) args[cell.arg] ??= cell.value;
  return { args, cost: end.cost, matched: end.matched, open: end.open };
}

/** True when what was heard, word for word, is the beginning of the template but not all of it. */
export function continues(template: Template, heard: Hearing): boolean {
  const { words } = heard;
  const reached: Set<number>[] = [new Set([0])];
  const add = (used: number, node: number): void => {
    reached[used] ??= new Set();
    reached[used]?.add(node);
  };
  for (let used = 0; used <= words.length; used++) {
    for (const node of reached[used] ?? []) {
      for (const edge of template.edges[node] ?? []) {
        if (edge.kind === 'skip') add(used, edge.to);
        else if (used === words.length) return true;
        else if (edge.kind === 'word') {
          if (edge.word === words[used]) add(used + 1, edge.to);
        } else {
          for (const { length, cost } of heard.readings(edge.type, used)) if (cost === 0) add(used + length, edge.to);
        }
      }
    }
  }
  return false;
}
