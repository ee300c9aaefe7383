import type { SlotReader } from './slots.js';
import type { Template } from './template.js';

/** What words cost when they are heard differently, are missing or are too many. */
export type Costs = {
  /** Cost of `heard` in place of the template's `meant`; Infinity when it cannot be. */
  confusion(meant: string, heard: string): number;
  /** Cost of a template word that was not heard. */
  missing(word: string): number;
  /** Cost of a word that no template word stands for; 0 for fillers such as "please". */
  extra(word: string): number;
};

export type Match = {
  args: Readonly<Record<string, unknown>>;
  /** 0: said word for word. */
  cost: number;
  /** Words of the template and its slots that were heard. */
  matched: number;
  /** True when the last slot could go on with the next word. */
  open: boolean;
};

type Cell = { cost: number; matched: number; args: Readonly<Record<string, unknown>>; open: boolean };

const better = (cell: Cell, than: Cell | undefined): boolean =>
  than === undefined || cell.cost < than.cost || (cell.cost === than.cost && cell.matched > than.matched);

/**
 * Finds the cheapest way through `template` that uses up `words` with a cost of at most `budget`: a shortest path over
 * (node, words used). Nodes are in order, because edges never lead back; words only go forward.
 */
export function matchTemplate(
  template: Template,
  words: readonly string[],
  slots: Readonly<Record<string, SlotReader>>,
  costs: Costs,
  budget: number,
): Match | undefined {
  const width = words.length + 1;
  const order = topological(template);
  const cells: (Cell | undefined)[] = new Array(template.edges.length * width);
  cells[0] = { cost: 0, matched: 0, args: {}, open: false };
  const reach = (node: number, used: number, cell: Cell): void => {
    if (cell.cost > budget) return;
    const index = node * width + used;
    if (better(cell, cells[index])) cells[index] = cell;
  };

  for (const node of order) {
    for (let used = 0; used < width; used++) {
      const cell = cells[node * width + used];
      if (cell === undefined) continue;
      const heard = words[used];
      if (heard !== undefined) reach(node, used + 1, { ...cell, cost: cell.cost + costs.extra(heard) });
      for (const edge of template.edges[node] ?? []) {
        if (edge.kind === 'skip') reach(edge.to, used, cell);
        else if (edge.kind === 'word') {
          reach(edge.to, used, { ...cell, cost: cell.cost + costs.missing(edge.word) });
          if (heard === undefined) continue;
          const next = { args: cell.args, matched: cell.matched + 1, open: false };
          reach(edge.to, used + 1, { ...next, cost: cell.cost + costs.confusion(edge.word, heard) });
          const following = words[used + 1];
          if (following === undefined || budget === 0) continue;
          reach(edge.to, used + 2, { ...next, cost: cell.cost + SPLIT + costs.confusion(edge.word, heard + following) });
        } else {
          for (const reading of slots[edge.type]?.(words, used) ?? []) {
            reach(edge.to, used + reading.length, {
              args: { ...cell.args, [edge.arg]: reading.value },
              matched: cell.matched + reading.length,
              cost: cell.cost + reading.cost,
              open: reading.open,
            });
          }
        }
      }
    }
  }
  const end = cells[template.end * width + words.length];
  return end && { args: end.args, cost: end.cost, matched: end.matched, open: end.open };
}

/** A word heard as two ("time er"). */
const SPLIT = 0.2;

const orders = new WeakMap<Template, readonly number[]>();

/** Nodes so that every edge leads to a later one. */
function topological(template: Template): readonly number[] {
  const known = orders.get(template);
  if (known) return known;
  const done: number[] = [];
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const edge of template.edges[node] ?? []) visit(edge.to);
    done.push(node);
  };
  visit(0);
  const order = done.reverse();
  orders.set(template, order);
  return order;
}

/** True when `words`, said exactly, is the beginning of the template but not all of it. */
export function continues(template: Template, words: readonly string[], slots: Readonly<Record<string, SlotReader>>): boolean {
  const reached = new Map<number, Set<number>>([[0, new Set([0])]]);
  const add = (used: number, node: number): void => {
    const nodes = reached.get(used) ?? new Set();
    nodes.add(node);
    reached.set(used, nodes);
  };
  for (let used = 0; used <= words.length; used++) {
    for (const node of reached.get(used) ?? []) {
      for (const edge of template.edges[node] ?? []) {
        if (edge.kind === 'skip') add(used, edge.to);
        else if (used === words.length) return true;
        else if (edge.kind === 'word') {
          if (edge.word === words[used]) add(used + 1, edge.to);
        } else for (const reading of slots[edge.type]?.(words, used) ?? []) if (reading.cost === 0) add(used + reading.length, edge.to);
      }
    }
  }
  return false;
}
