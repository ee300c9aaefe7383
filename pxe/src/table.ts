import type { BootMachine } from '@twin/hashi/boot/boot-kv.js';

const HEAD = ['MAC', 'PHASE', 'NAME', 'DISK', 'ADDRESS', 'STEP OR REASON'];

/** Machines for a terminal, one a line. */
export function table(machines: readonly BootMachine[]): string {
  if (machines.length === 0)
    return 'No machine has asked yet. Start one from the network: its firmware shows its address, and so does this list then.\n';
  const rows = machines.map(({ mac, phase, name, disk, wipe, address, step, failure, tries }) => [
    ...[mac, phase, name || '-', disk ? `${disk}${wipe ? ' (wipe)' : ''}` : '-', address || '-'],
    [phase === 'installing' && step, failure, tries > 1 && `${tries} tries`].filter(Boolean).join('; '),
  ]);
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[HEAD, ...rows].map(line).join('\n')}\n`;
}
