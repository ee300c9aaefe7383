import type { Clock } from '@twin/hashi/clock.js';
import { BpfProbe, type BpfSettings } from './bpf-probe.js';
import { PowerAgentError } from './errors.js';
import type { LoaderCommand } from './loader.js';
import { SsProbe } from './ss-probe.js';
import type { Sample, SourceClass } from './traffic.js';

/** `watch`: counted; `alert`: a SYN is told, too; `hold`: told and dropped, so that the client's TCP tries again. */
export type PortMode = 'watch' | 'alert' | 'hold';

export type Syn = { port: number; source: string; class: SourceClass; held: boolean; lagUs: number };

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

export type ProbeSettings = BpfSettings & {
  /** Compiles the programs or finds them compiled, and gives the command that starts the loader. */
  loader: (signal: AbortSignal) => Promise<LoaderCommand>;
  clock: Clock;
};

/** BPF where it can be had; where not, the kernel's table of connections, which cannot prove that nobody came. */
export async function openProbe(settings: ProbeSettings, signal: AbortSignal): Promise<Probe> {
  try {
    return await BpfProbe.open(await settings.loader(signal), settings, signal);
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof PowerAgentError ? error : undefined;
    return new SsProbe(settings, `${cause?.message ?? String(error)} ${cause?.next ?? ''}`.trim());
  }
}
