/**
 * Spoken conversations run in real time: whoever else uses the processor for a second is part of them. Such a test may try once more; that
 * it had to, and why, is said at the end of the run (`testing/reporter.ts`).
 */
export const IN_REAL_TIME = { retry: 1 } as const;
