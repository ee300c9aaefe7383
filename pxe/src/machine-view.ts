import type { BootMachine } from '@twin/hashi/boot/boot-kv.js';
import type { LogLine } from './live-log.js';
import type { Machine } from './phase.js';

/** A machine as people see it: without tokens. */
export function machineView(machine: Machine, at: number, log: readonly LogLine[]): BootMachine {
  const { mac, phase, plan, tries, step = '', failure = '', registered } = machine;
  return {
    ...{ mac, phase, at, tries, step, failure },
    ...{ name: plan?.name ?? '', disk: plan?.disk ?? '', wipe: plan?.wipe ?? false, way: plan?.way ?? 'image' },
    address: registered?.address ?? '',
    log: [...log],
  };
}
