/**
 * Facts that bear on a question less likely than this are not recalled. Chosen by `testing/bench/recall-train.ts` on
 * sentences that `npm run bench:memory` does not test with; MEMORY_MIN_SCORE changes it.
 */
export const MINIMUM_SCORE = 0.4;
