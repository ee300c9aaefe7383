import type { Guess } from './classifier.js';

/** Which expert a question is for. */
export type Wanted = {
  expert: string;
  /** 0 to 1. */
  confidence: number;
  /** The person, or the caller, named it. */
  named: boolean;
};

/** The expert that answers what no other is for. */
export const MAIN = 'main';

/**
 * Who is to answer `question`: the expert that it names ("ask the coding expert …"), else the one that the classifier
 * guesses, when there is one of that name; else main.
 */
export function wantedFor(
  question: string,
  experts: readonly string[],
  classify: (text: string) => readonly Guess[],
): Wanted {
  const named = namedIn(question, experts);
  if (named !== undefined) return { expert: named, confidence: 1, named: true };
  if (!experts.some((name) => name !== MAIN)) return { expert: MAIN, confidence: 1, named: false };
  const [best] = classify(question);
  if (best && experts.includes(best.persona))
    return { expert: best.persona, confidence: best.confidence, named: false };
  return { expert: MAIN, confidence: best?.persona === MAIN ? best.confidence : 1, named: false };
}

function namedIn(question: string, experts: readonly string[]): string | undefined {
  const said = question.toLowerCase().slice(0, 200);
  return experts.find((name) => {
    const spoken = name.replaceAll('-', '[- ]');
    return new RegExp(`\\b${spoken} expert\\b|^(?:please )?(?:ask|let|use) (?:the )?${spoken}\\b(?! of)`).test(said);
  });
}
