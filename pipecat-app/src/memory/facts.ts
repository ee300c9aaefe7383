import { TwinError } from '../errors.js';
import { LONGEST_FACT } from '../server/memory-protocol.js';

/** One thing that is remembered. Times are ms since 1970. */
export type Fact = {
  id: number;
  text: string;
  at: number;
  /** Who said so: `conversation`, `told`, `summary`, … */
  source: string;
  /** Always considered, and never replaced by what is said later. */
  pinned: boolean;
  /** False: kept, but not recalled. */
  enabled: boolean;
  /** How often an answer used it or it was said again. */
  used: number;
  /** When that was last; 0 when never. */
  usedAt: number;
  /** The fact that took its place. */
  supersededBy: number | null;
  /** When it was forgotten; it can be restored for a while. */
  forgottenAt: number | null;
};

export type NewFact = Pick<Fact, 'text' | 'at' | 'source'>;
/** What list and search narrow down; newest first. */
export type FactQuery = {
  /** Part of the text, in any case. */
  text?: string;
  limit: number;
  /** Only facts with a smaller id. */
  before?: number;
  /** Facts in whose place another came, too. */
  superseded?: boolean;
};

/** The text as it is kept. @throws TwinError `TWIN_FACT` */
export function checked(text: string): string {
  const trimmed = text.replace(/\s+/g, ' ').trim();
  if (trimmed !== '' && trimmed.length <= LONGEST_FACT) return trimmed;
  throw new TwinError('TWIN_FACT', trimmed === '' ? 'There is nothing to remember.' : 'That is too long to remember.', {
    next: `Say it in a sentence of at most ${LONGEST_FACT} characters.`,
  });
}
