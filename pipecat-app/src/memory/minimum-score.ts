/** Facts less near to a question than this are not recalled. Fitted by `npm run bench:memory`; MEMORY_MIN_SCORE changes it. */
export const MINIMUM_SCORE = 0.35;
