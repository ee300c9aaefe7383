/**
 * Sentence templates: words, `[optional]`, `(one|other)`, `{type}` or `{argument:type}`.
 *
 * @example
 * parseTemplate('set (a|the) [{name}] timer for {seconds:duration}', new Set(['name', 'duration']))
 */
export type Edge =
  | { kind: 'word'; to: number; word: string }
  | { kind: 'slot'; to: number; arg: string; type: string }
  | { kind: 'skip'; to: number };

/** A template as a graph: node 0 begins, `end` accepts; `edges[n]` leave node n. Edges never lead back. */
export type Template = {
  sentence: string;
  edges: readonly (readonly Edge[])[];
  end: number;
  /** The nodes so that every edge leads to a later one. */
  order: readonly number[];
  /** Every word that each way through the template says. */
  required: readonly string[];
  /** Names of the arguments that its slots fill. */
  args: readonly string[];
};

/** What is wrong with a sentence, and at which character (0-based). */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

const OPENERS: Readonly<Record<string, string>> = { '[': ']', '(': ')' };

/** @throws TemplateError */
export function parseTemplate(sentence: string, slotTypes: ReadonlySet<string>): Template {
  const edges: Edge[][] = [[]];
  const seenWords = new Set<string>();
  const seenArgs = new Set<string>();
  let at = 0;

  const node = (): number => edges.push([]) - 1;
  const link = (from: number, edge: Edge): void => {
    edges[from]?.push(edge);
  };

  function slot(from: number): number {
    const open = at;
    const close = sentence.indexOf('}', at);
    if (close === -1) throw new TemplateError('a "{" is never closed', open);
    const inside = sentence.slice(open + 1, close).trim();
    const parts = /^(?:([a-z_]+)\s*:\s*)?([a-z_]+)$/i.exec(inside);
    if (!parts) throw new TemplateError(`"{${inside}}" is neither {type} nor {argument:type}`, open);
    const type = parts[2] ?? '';
    if (!slotTypes.has(type)) {
      throw new TemplateError(`there is no slot type "${type}"; there are: ${[...slotTypes].sort().join(', ')}`, open);
    }
    const arg = parts[1] ?? type;
    seenArgs.add(arg);
    at = close + 1;
    const to = node();
    link(from, { kind: 'slot', to, arg, type });
    return to;
  }

  function group(from: number): number {
    const open = at;
    const opener = sentence[at] ?? '';
    const closer = OPENERS[opener] ?? '';
    at++;
    const ends: number[] = [];
    for (;;) {
      const branch = at;
      const entry = node();
      link(from, { kind: 'skip', to: entry });
      const exit = sequence(entry, closer);
      if (exit === entry)
        throw new TemplateError('an alternative is empty; use [ ] for words that may be missing', branch);
      ends.push(exit);
      if (at >= sentence.length) throw new TemplateError(`a "${opener}" is never closed`, open);
      if (sentence[at++] === closer) break;
    }
    const to = node();
    for (const end of ends) link(end, { kind: 'skip', to });
    if (opener === '[') link(from, { kind: 'skip', to });
    return to;
  }

  /** Reads until the end, `closer` or `|`, which stay unread. */
  function sequence(from: number, closer: string): number {
    let here = from;
    while (at < sentence.length) {
      const char = sentence[at] ?? '';
      if (char === ' ') at++;
      else if (char === closer || (char === '|' && closer !== '')) break;
      else if (char === '{') here = slot(here);
      else if (char in OPENERS) here = group(here);
      else {
        const word = /^[a-z0-9']+/.exec(sentence.slice(at))?.[0];
        if (word === undefined) throw new TemplateError(`"${char}" does not belong here`, at);
        at += word.length;
        seenWords.add(word);
        const to = node();
        link(here, { kind: 'word', to, word });
        here = to;
      }
    }
    return here;
  }

  const end = sequence(0, '');
  if (reaches(edges, end, (edge) => edge.kind === 'skip')) throw new TemplateError('nothing in it has to be said', 0);
  return {
    sentence,
    edges,
    end,
    order: inOrder(edges),
    required: requiredWords(edges, end, seenWords),
    args: [...seenArgs],
  };
}

/** True when some way of edges that `may` be taken leads to the end. */
function reaches(edges: readonly (readonly Edge[])[], end: number, may: (edge: Edge) => boolean): boolean {
  const reached = new Set([0]);
  for (const n of reached) for (const edge of edges[n] ?? []) if (may(edge)) reached.add(edge.to);
  return reached.has(end);
}

function requiredWords(edges: readonly (readonly Edge[])[], end: number, all: ReadonlySet<string>): string[] {
  return [...all].filter((word) => !reaches(edges, end, (edge) => edge.kind !== 'word' || edge.word !== word));
}

function inOrder(edges: readonly (readonly Edge[])[]): number[] {
  const done: number[] = [];
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const edge of edges[node] ?? []) visit(edge.to);
    done.push(node);
  };
  visit(0);
  return done.reverse();
}
