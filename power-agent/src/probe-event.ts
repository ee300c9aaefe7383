import type { PowerAgentError } from './errors.js';
import type { Sample, SourceClass } from './traffic.js';

/** `watch`: counted; `alert`: a SYN is told, too; `hold`: told and dropped, so that the client's TCP tries again. */
export type PortMode = 'watch' | 'alert' | 'hold';

export type Syn = {
  port: number;
  source: string;
  sourcePort: number;
  class: SourceClass;
  held: boolean;
  lagUs: number;
};

export type ProbeEvent =
  /** Every tick. `cost`: runs of the program in the kernel, and ns in it, where the kernel counts them. */
  | { kind: 'sample'; sample: Sample; cost?: { runs: number; runNs: number } }
  | { kind: 'syn'; syn: Syn }
  /** Nothing is seen now; it is tried again. */
  | { kind: 'trouble'; error: PowerAgentError };

/** Sees the traffic of some ports of this node. */
export type Probe = {
  readonly source: 'bpf' | 'ss';
  /** Whether silence can be told from work; where not, nothing may be put to sleep for being idle. */
  readonly sees: boolean;
  /** For people: how it looks, and what is missing. */
  readonly words: string;
  /** Which ports are seen from now on, and how; all others are left alone. */
  aim(ports: ReadonlyMap<number, PortMode>): Promise<void>;
  /** Until `signal` aborts. May be called once. */
  events(signal: AbortSignal): AsyncIterable<ProbeEvent>;
  /** Takes every filter off the interfaces. */
  close(): Promise<void>;
};
