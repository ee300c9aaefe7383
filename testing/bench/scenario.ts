import type { ChildServer } from './child-server.js';
import type { Figure } from './report.js';

/** One part of `bench:voice`: measures on a running agent and returns its lines of the table. */
export type Scenario = (run: {
  server: ChildServer;
  quick: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}) => Promise<Figure[]>;
