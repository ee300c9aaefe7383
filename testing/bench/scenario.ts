import type { Figure } from './report.js';
import type { RealServer } from './servers.js';

/** One part of `bench:voice`: measures on a running agent and returns its lines of the table. */
export type Scenario = (run: {
  server: RealServer;
  quick: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}) => Promise<Figure[]>;
