import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../lab/lab-folders.js';
import { type BootNetwork, openBootNetwork } from './boot-network.js';
import { type Firmware, makeMachine } from './machine.js';
import { type Program, startProgram } from './program.js';

let network: BootNetwork;
let folder: string;
let door: Program;

const isRoot = process.getuid?.() === 0;
const ROUNDS = 3;
const PORT = 8200;
type Turn = { way: 'http' | 'tftp'; round: number; seconds: number };

/** Where a real kernel and initrd come by HTTP and by TFTP, in turns, within one start of a machine's loader. */
describe.runIf(isRoot)('kernel and initrd', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
    const signal = AbortSignal.timeout(1_500_000);
    network = await openBootNetwork(folder, signal, { scripts: `http://10.78.0.1:${PORT}` });
    for (const file of ['vmlinuz', 'initrd.gz'])
      await copyFile(join(network.images, file), join(folder, 'network', 'tftp', file));
    const program = ['python3', '-I', join(ROOT, 'testing/pxe/speed.py'), '10.78.0.1', `${PORT}`, network.images];
    door = startProgram(network.inside([...program, `${ROUNDS}`]));
    await door.says(/listens/, { signal });
  }, 1_500_000);
  afterAll(async () => {
    await door?.stop();
    await network?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each<Firmware>(['bios', 'uefi'])('come over HTTP in less time than by TFTP: %s', async (firmware) => {
    const signal = AbortSignal.timeout(1_200_000);
    const number = firmware === 'bios' ? 20 : 21;
    const machine = await makeMachine(network, { name: `speed-${firmware}`, number, firmware });
    const from = Date.now();
    const program = machine.start();
    try {
      await door.says(/over/, { signal, from });
    } finally {
      await program.stop('SIGKILL');
    }
    const turns = door.lines.filter(({ at, text }) => at >= from && text.includes('seconds'));
    const seconds = (way: Turn['way']): number[] =>
      turns
        .map(({ text }) => JSON.parse(text) as Turn)
        .filter((turn) => turn.way === way)
        .map((turn) => turn.seconds)
        .sort((a, b) => a - b);
    const [http, tftp] = [seconds('http'), seconds('tftp')];
    console.log(`${firmware}: kernel and initrd, seconds by HTTP ${http.join(', ')}; by TFTP ${tftp.join(', ')}`);
    expect([http.length, tftp.length]).toEqual([ROUNDS, ROUNDS]);
    expect(http[1]).toBeLessThan(tftp[1] ?? 0);
  });
});
