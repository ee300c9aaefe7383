/** What a program in the sandbox may use before it is stopped. */
export type SandboxLimits = {
  /** Longest time it may run, in ms. */
  wallMs: number;
  /** Bytes of memory, of one process and of all together. */
  memoryBytes: number;
  /** Processes and threads at one time. */
  processes: number;
  /** Bytes of standard output and standard error together. */
  outputBytes: number;
  /** Bytes in `/work`, and of one file; `/tmp` holds as much again. */
  diskBytes: number;
};

export const DEFAULT_LIMITS: SandboxLimits = {
  wallMs: 20_000,
  memoryBytes: 512 * 2 ** 20,
  processes: 64,
  outputBytes: 256 * 2 ** 10,
  diskBytes: 64 * 2 ** 20,
};
