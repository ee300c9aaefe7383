import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lab/run-command.js';
import { type BootNetwork, openBootNetwork } from './boot-network.js';
import { reaches, type Step, signIn } from './installation.js';
import { makeMachine } from './machine.js';

let network: BootNetwork;
let folder: string;

const isRoot = process.getuid?.() === 0;
/** Power goes as soon as each of these has begun. A machine that fails five times is left alone, so two share them. */
const CUTS: { number: number; steps: Step[] }[] = [
  { number: 5, steps: ['loader asks', 'initrd asks', 'partition', 'unpack'] },
  { number: 6, steps: ['configure', 'boot loader', 'installed', 'loader asks again', 'registered'] },
];

describe.runIf(isRoot)('a machine that is installed', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
    network = await openBootNetwork(folder, AbortSignal.timeout(3_000_000));
  }, 1_500_000);
  afterAll(async () => {
    await network?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(CUTS)('goes on by itself after power cuts: $steps', async ({ number, steps }) => {
    const signal = AbortSignal.timeout(1_500_000);
    const machine = await makeMachine(network, { name: `cut-${number}`, number, firmware: 'bios' });
    await network.operator('allow', machine.mac, '--name', `worker${number}`, '--disk', '/dev/vda');
    const began = Date.now();
    for (const step of steps) {
      const from = Date.now();
      const program = machine.start();
      await reaches(network, machine, program, step, { signal, from }).finally(() => program.stop('SIGKILL'));
      console.log(`power cut: ${step}, after ${((Date.now() - from) / 1000).toFixed(0)} s`);
    }
    const from = Date.now();
    const program = machine.start();
    try {
      await reaches(network, machine, program, 'lets the controller in', { signal, from: began });
      expect(
        (await signIn(network, machine, 'hostname; systemctl is-system-running --wait', signal)).trim().split('\n'),
      ).toEqual([`worker${number}`, 'running']);
      console.log(`after ${steps.length} power cuts: there after ${((Date.now() - from) / 1000).toFixed(0)} s more`);
    } finally {
      await program.stop('SIGKILL');
    }
  });

  test('whose disk has data is left as it was, until the operator says wipe', async () => {
    const machine = await makeMachine(network, { name: 'used', number: 4, firmware: 'bios' });
    await must(['mke2fs', '-q', '-F', '-t', 'ext4', machine.disk]);
    const sum = (): Promise<string> => must(['sh', '-c', 'head -c 1M "$0" | sha256sum', machine.disk]);
    const before = await sum();
    await network.operator('allow', machine.mac, '--name', 'worker4', '--disk', 'auto');
    const program = machine.start();
    try {
      const signal = AbortSignal.timeout(400_000);
      const { at } = await network.service.says(/failed: disk \/dev\/vda has data \(ext4 \)/, { signal });
      expect(await sum()).toBe(before);
      expect(await network.operator('list')).toMatch(/worker4 .* disk \/dev\/vda has data/);
      await network.operator('allow', machine.mac, '--name', 'worker4', '--disk', 'auto', '--wipe');
      await network.service.says(/wipes \/dev\/vda/, { signal, from: at });
    } finally {
      await program.stop('SIGKILL');
    }
  });
});
