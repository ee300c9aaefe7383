/** Called with the bytes that are done so far. */
export type Progress = (doneBytes: number) => void;

/** Where a pull stands: `step` is a plain word or two, `etaS` is null until a rate is known. */
export interface PullProgress {
  readonly step: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly etaS: number | null;
}

/**
 * Turns byte counts into progress with an estimate of the seconds left, from the mean rate since the step began.
 * @param nowMs a clock in milliseconds
 */
export function estimate(
  step: string,
  totalBytes: number,
  report: (progress: PullProgress) => void,
  nowMs: () => number = () => performance.now(),
): Progress {
  const startMs = nowMs();
  let first: number | undefined;
  return (doneBytes) => {
    first ??= doneBytes;
    const seconds = (nowMs() - startMs) / 1000;
    const gained = doneBytes - first;
    const etaS = gained > 0 && seconds > 0 ? Math.round((totalBytes - doneBytes) / (gained / seconds)) : null;
    report({ step, doneBytes, totalBytes, etaS });
  };
}
