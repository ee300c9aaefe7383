import { type BootMachine, bootMachine } from '@twin/hashi/boot/boot-kv.js';
import type { MachinesAnswer } from '@twin/pipecat-app/server/machines-protocol.js';
import { ScriptedEvents } from './scripted-events.js';
import type { ScriptedServer } from './scripted-server.js';

/** A moment in the middle of a day; the pictures show it by the clock of the browser. */
const NOW = Date.UTC(2026, 2, 7, 15, 30);

const machine = (number: number, more: Partial<BootMachine>, ...log: string[]): BootMachine =>
  bootMachine.parse({
    mac: `52:54:00:12:34:0${number}`,
    at: NOW,
    log: log.map((line, i) => ({ at: NOW - (log.length - i) * 9_000, line })),
    ...more,
  });
const view = (): MachinesAnswer => ({
  consul: 'ok',
  words: '',
  served: true,
  machines: [
    machine(
      1,
      { phase: 'installing', name: 'worker3', disk: '/dev/sda', step: 'unpack', tries: 1 },
      'boots the installer',
      'fetched its configuration',
      'says: phase disk',
      'says: phase partition',
      'says: phase unpack',
    ),
    machine(2, {
      phase: 'allowed',
      name: 'worker4',
      disk: 'auto',
      failure: 'disk /dev/sda has data (ext4) and nobody said to wipe it',
      tries: 1,
    }),
    machine(
      3,
      { phase: 'installed', name: 'worker2', disk: 'auto', tries: 1, address: '192.168.1.23' },
      'joins: role consul',
    ),
    machine(4, { phase: 'unknown' }, 'boots from its disk (unknown)'),
    machine(5, { phase: 'joined', name: 'worker1', disk: 'auto', tries: 1, address: '192.168.1.22' }),
  ],
});

/** Machines that boot from the network as the test says, behind the doors of a scripted server. */
export class ScriptedNodes extends ScriptedEvents<MachinesAnswer> {
  constructor(server: ScriptedServer) {
    super(server, 'machines', view());
    for (const { mac } of this.view.machines)
      for (const act of ['allow', 'revoke', 'join']) this.takes(server, `POST /api/machines/${mac}/${act}`);
  }

  /** The same machine with something else. */
  change(name: string, more: Partial<BootMachine>): void {
    const changed = (one: BootMachine) => (one.name === name || one.mac === name ? { ...one, ...more } : one);
    this.show({ machines: this.view.machines.map(changed) });
  }
}
