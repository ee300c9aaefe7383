import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BootNetwork, openBootNetwork } from './boot-network.js';
import { follow, reaches, signIn } from './installation.js';
import { type Firmware, makeMachine } from './machine.js';
import { malformed } from './malformed.js';

let network: BootNetwork;
let folder: string;

const isRoot = process.getuid?.() === 0;
const BOTH: Firmware[] = ['bios', 'uefi'];

/** Full DHCP is what the other suites run with. */
describe.runIf(isRoot)('beside a router that gives addresses and knows nothing of booting', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
    network = await openBootNetwork(folder, AbortSignal.timeout(3_000_000), { dhcp: 'proxy' });
  }, 1_500_000);
  afterAll(async () => {
    await network?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('two machines at once, one with BIOS and one with UEFI, are installed', async () => {
    const signal = AbortSignal.timeout(2_400_000);
    const machines = await Promise.all(
      BOTH.map((firmware, i) => makeMachine(network, { name: `twin-${firmware}`, number: 10 + i, firmware })),
    );
    for (const [i, { mac }] of machines.entries())
      await network.operator('allow', mac, '--name', `worker${10 + i}`, '--disk', 'auto');
    const on = Date.now();
    const programs = machines.map((machine) => machine.start());
    try {
      await Promise.all(
        machines.map((machine, i) => {
          const program = programs[i];
          if (!program) throw new Error('it did not start');
          return follow(network, machine, program, { signal, on, name: `${BOTH[i]}, two at once, proxy DHCP` });
        }),
      );
      const names = await Promise.all(machines.map((machine) => signIn(network, machine, 'hostname', signal)));
      expect(names.map((name) => name.trim())).toEqual(['worker10', 'worker11']);
    } finally {
      for (const program of programs) await program.stop('SIGKILL');
    }
  });

  test('100 malformed packets to each of DHCP, TFTP, HTTP and TLS end nothing, and the next machine boots', async () => {
    const signal = AbortSignal.timeout(600_000);
    const sent = await malformed(network, { each: 100, seed: 20_261_201, signal });
    expect(sent).toEqual({ dhcp: 100, proxy: 100, tftp: 100, http: 100, tls: 100 });
    const machine = await makeMachine(network, { name: 'next', number: 12, firmware: 'bios' });
    await network.operator('allow', machine.mac, '--name', 'worker12', '--disk', 'auto');
    const from = Date.now();
    const program = machine.start();
    try {
      await reaches(network, machine, program, 'initrd asks', { signal, from });
    } finally {
      await program.stop('SIGKILL');
    }
  });
});
