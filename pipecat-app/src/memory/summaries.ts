import type { Exchange } from './short-term.js';

/** Turns that make one summary. */
const BATCH = 5;
/** Sentences kept of them, and their length together in characters. */
const SENTENCES = 4;
const LONGEST = 500;
const COMMON = new Set(
  'the a an and or but if of to in on at for with from by as is are was were be been am do does did have has had i you he she it we they me my your his her our their this that these those what who where when why how which can could will would should not no yes so very just there here then than about up out into over please ok okay'.split(
    ' ',
  ),
);

/** Turns that short-term memory let go, kept as the few sentences that say most. */
export class Summaries {
  readonly #waiting = new Map<string, Exchange[]>();

  /** @param keep gets each summary */
  constructor(private readonly keep: (summary: string) => void) {}

  evicted(session: string, turn: Exchange): void {
    const turns = [...(this.#waiting.get(session) ?? []), turn];
    this.#waiting.set(session, turns);
    if (turns.length >= BATCH) this.ended(session);
  }

  /** Summarises what has not been; call at the end of a session. */
  ended(session: string): void {
    const turns = this.#waiting.get(session) ?? [];
    this.#waiting.delete(session);
    const summary = summarise(turns);
    if (summary !== '') this.keep(summary);
  }
}

/**
 * The sentences with the most of the words that the turns share, in their order; no sentence is made up. Questions count
 * less, their answers say the same with more.
 */
export function summarise(turns: readonly Exchange[]): string {
  const sentences = turns.flatMap(({ user, assistant }) => [...cut(user, 'asked'), ...cut(assistant, 'answered')]);
  const weights = new Map<string, number>();
  for (const { words } of sentences) for (const word of new Set(words)) weights.set(word, (weights.get(word) ?? 0) + 1);
  const scored = sentences.map((sentence, at) => {
    const total = sentence.words.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
    return {
      ...sentence,
      at,
      score: (total / Math.sqrt(sentence.words.length || 1)) * (sentence.text.endsWith('?') ? 0.6 : 1),
    };
  });
  let length = 0;
  const chosen = scored
    .filter(({ words }) => words.length >= 2)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, SENTENCES)
    .filter(({ text }) => {
      length += text.length + 1;
      return length <= LONGEST;
    })
    .sort((a, b) => a.at - b.at);
  if (chosen.length === 0) return '';
  return `Earlier: ${chosen.map(({ who, text }) => (who === 'asked' ? `“${text}”` : text)).join(' ')}`;
}

type Sentence = { text: string; who: 'asked' | 'answered'; words: string[] };

function cut(text: string, who: Sentence['who']): Sentence[] {
  return text
    .split(/(?<=[.!?])\s+/)
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => ({
      text: one,
      who,
      words: (one.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []).filter((word) => !COMMON.has(word)),
    }));
}
