import type { Exchange } from '../memory/short-term.js';

/** Who answers: a text, and a few exchanges that show how. */
export type Persona = { text: string; examples: readonly Exchange[] };

/**
 * Reads a persona file: text, a line `---`, then exchanges as lines `User: …` and `Twin: …`. Lines that begin with `#`
 * are notes.
 * @throws Error that names the line.
 */
export function parsePersona(file: string): Persona {
  const text: string[] = [];
  const examples: Exchange[] = [];
  let asked: string | undefined;
  let inExamples = false;
  for (const [i, raw] of file.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line.startsWith('#')) continue;
    if (line === '---') inExamples = true;
    else if (!inExamples) text.push(line);
    else if (line !== '') {
      const [, who, said] = /^(User|Twin):\s*(.+)$/.exec(line) ?? [];
      if (who === 'User' && asked === undefined) asked = said;
      else if (who === 'Twin' && asked !== undefined) {
        examples.push({ user: asked, assistant: said ?? '' });
        asked = undefined;
      } else throw new Error(`line ${i + 1}: a "User:" line and a "Twin:" line take turns here`);
    }
  }
  if (asked !== undefined) throw new Error('the last "User:" line has no "Twin:" line');
  const whole = text.join('\n').trim();
  if (whole === '') throw new Error('line 1: it says nothing about who answers');
  return { text: whole, examples };
}
