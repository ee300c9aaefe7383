import type { Clock } from '@twin/hashi/clock.js';
import { BpfProbe, type BpfSettings } from './bpf-probe.js';
import { PowerAgentError } from './errors.js';
import type { LoaderCommand } from './loader.js';
import type { Probe } from './probe-event.js';
import { SsProbe } from './ss-probe.js';

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
