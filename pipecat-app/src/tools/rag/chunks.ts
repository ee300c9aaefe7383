/** A piece of a document under one heading; `heading` is the way to it: `Figures > Hearing`. */
export type Chunk = { heading: string; text: string };

/** Characters of one chunk: what a sentence embedding can still tell apart. */
const LONGEST = 800;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const FENCE = /^\s*(```|~~~)/;

/** A Markdown text cut at its headings, and long parts at their paragraphs. A `#` inside a code block is no heading. */
export function chunksOf(markdown: string): Chunk[] {
  const chunks: Chunk[] = [];
  const path: string[] = [];
  let lines: string[] = [];
  let fenced = false;
  const end = (): void => {
    const heading = path.filter(Boolean).join(' > ');
    for (const text of pieces(lines.join('\n').trim())) chunks.push({ heading, text });
    lines = [];
  };
  for (const line of markdown.split(/\r?\n/)) {
    if (FENCE.test(line)) fenced = !fenced;
    const found = fenced ? null : HEADING.exec(line);
    if (found === null) lines.push(line);
    else {
      end();
      const depth = (found[1] ?? '#').length;
      path.length = Math.min(path.length, depth - 1);
      while (path.length < depth - 1) path.push('');
      path.push((found[2] ?? '').replace(/[`*_]/g, ''));
    }
  }
  end();
  return chunks;
}

function pieces(text: string): string[] {
  if (text.length <= LONGEST) return text === '' ? [] : [text];
  const found: string[] = [];
  let piece = '';
  for (const part of text.split(/\n{2,}|\n(?=[-*|] ?)/).flatMap(hardCut)) {
    if (piece !== '' && piece.length + part.length > LONGEST) {
      found.push(piece);
      piece = '';
    }
    piece += piece === '' ? part : `\n${part}`;
  }
  return piece === '' ? found : [...found, piece];
}

const hardCut = (part: string): string[] => part.match(new RegExp(`[^]{1,${LONGEST}}`, 'g')) ?? [];
