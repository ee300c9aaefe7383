import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../lab/run-command.js';
import type { BootNetwork } from './boot-network.js';
import { type Program, startProgram } from './program.js';

export type Firmware = 'bios' | 'uefi';

/** An old desktop without software: Core 2, one empty disk, network first. */
export type EmulatedMachine = {
  mac: string;
  /** Its disk as a file of this machine. */
  disk: string;
  /** Power on; its serial console is what the program says. */
  start(): Program;
};

export type MachineOptions = {
  name: string;
  /** The end of its address, and of its cable's name. */
  number: number;
  firmware: Firmware;
  memoryMb?: number;
  diskGb?: number;
};

export async function makeMachine(
  { folder, tools, inside, cable }: Pick<BootNetwork, 'folder' | 'tools' | 'inside' | 'cable'>,
  { name, number, firmware, memoryMb = 768, diskGb = 6 }: MachineOptions,
): Promise<EmulatedMachine> {
  const mac = `52:54:00:78:00:${number.toString(16).padStart(2, '0')}`;
  const disk = join(folder, `${name}.disk`);
  await must(['truncate', '--size', `${diskGb}G`, disk]);
  const tap = await cable(`tap-${number}`);
  const vars = join(folder, `${name}.vars`);
  const ovmf = join(tools, 'usr/share/OVMF');
  if (firmware === 'uefi') await copyFile(join(ovmf, 'OVMF_VARS_4M.fd'), vars);
  const flash = [
    `if=pflash,format=raw,readonly=on,file=${join(ovmf, 'OVMF_CODE_4M.fd')}`,
    `if=pflash,format=raw,file=${vars}`,
  ];
  return {
    mac,
    disk,
    start: () =>
      startProgram(
        inside([
          'nice',
          '-n',
          '2',
          'qemu-system-x86_64',
          ...'-machine q35,graphics=off -accel tcg,thread=multi -cpu core2duo -smp 2 -vga none'.split(' '),
          ...['-m', `${memoryMb}`],
          ...'-display none -monitor none -serial stdio -device virtio-rng-pci'.split(' '),
          ...(firmware === 'uefi' ? flash.flatMap((drive) => ['-drive', drive]) : []),
          '-netdev',
          `tap,id=n0,ifname=${tap},script=no,downscript=no`,
          // Without a ROM of its own the card is started by the firmware's PXE, as in most machines with UEFI.
          '-device',
          `virtio-net-pci,netdev=n0,mac=${mac},bootindex=1${firmware === 'uefi' ? ',romfile=' : ''}`,
          '-drive',
          `file=${disk},if=none,id=d0,format=raw,cache=unsafe,discard=unmap`,
          '-device',
          'virtio-blk-pci,drive=d0,bootindex=2',
        ]),
      ),
  };
}
