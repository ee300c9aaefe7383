import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lab/run-command.js';
import { type BootNetwork, openBootNetwork, SERVER } from './boot-network.js';
import { type Firmware, makeMachine } from './machine.js';

let network: BootNetwork;
let folder: string;

const isRoot = process.getuid?.() === 0;

/** Debian's own installer. Not all of its parts are served by archives of tests, so it is followed until it runs our command. */
describe.runIf(isRoot)('with Debian’s own installer', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
    network = await openBootNetwork(folder, AbortSignal.timeout(1_800_000));
  }, 1_500_000);
  afterAll(async () => {
    await network?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each<Firmware>(['bios', 'uefi'])(
    'a machine fetches its answers and runs our early command: %s',
    async (firmware) => {
      const signal = AbortSignal.timeout(900_000);
      const number = firmware === 'bios' ? 30 : 31;
      const machine = await makeMachine(network, { name: `di-${firmware}`, number, firmware, memoryMb: 1536 });
      await network.operator('allow', machine.mac, '--name', `debian${number}`, '--disk', 'auto', '--installer');
      const from = Date.now();
      const program = machine.start();
      try {
        for (const step of ['boots the installer', 'fetched its configuration', 'phase early']) {
          const line = new RegExp(`${machine.mac}.*${step}`);
          const { at } = await network.service.says(line, { signal, from }).catch((error: Error) => {
            const screen = program.lines.slice(-25).map(({ text }) => text);
            throw new Error(`${step}: ${error.message}\nits console:\n${screen.join('\n')}`);
          });
          console.log(`${firmware}, Debian’s installer: ${step} ${((at - from) / 1000).toFixed(0)} s`);
        }
      } finally {
        await program.stop('SIGKILL');
      }
    },
  );

  test('debconf reads the answers as the service gives them', async () => {
    await network.operator('allow', '52:54:00:78:00:3f', '--name', 'paper', '--disk', 'auto', '--installer');
    const get = async (path: string): Promise<string> => must(network.inside(['curl', '-fsS', `${SERVER}${path}`]));
    const script = await get('/boot?mac=52-54-00-78-00-3f');
    const answers = await get(`${new URL(/url=(\S+)/.exec(script)?.[1] ?? '').pathname}`);
    const file = join(folder, 'preseed.cfg');
    await writeFile(file, answers);
    await must(['debconf-set-selections', '-c', file]);
    expect(answers).toMatch(/^d-i netcfg\/hostname string paper$/m);
  });
});
