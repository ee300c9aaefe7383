import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must, run } from '../lab/run-command.js';
import { type BootNetwork, openBootNetwork, SERVER } from './boot-network.js';
import { follow, reaches, signIn } from './installation.js';
import { type Firmware, makeMachine } from './machine.js';

let network: BootNetwork;
let folder: string;

const isRoot = process.getuid?.() === 0;
const FIRMWARE: { firmware: Firmware; number: number }[] = [
  { firmware: 'bios', number: 1 },
  { firmware: 'uefi', number: 2 },
];
const RESTARTS = 10;

describe.runIf(isRoot)('a bare machine, from power on to its own disk', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
    network = await openBootNetwork(folder, AbortSignal.timeout(3_000_000));
  }, 1_500_000);
  afterAll(async () => {
    await network?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(FIRMWARE)(
    'that nobody allowed, or whose leave was taken back, goes to its disk: $firmware',
    async ({ firmware }) => {
      const signal = AbortSignal.timeout(400_000);
      const machine = await makeMachine(network, {
        name: `stranger-${firmware}`,
        number: firmware === 'bios' ? 8 : 9,
        firmware,
      });
      const disk =
        /No bootable device|Boot from SAN device .* failed|Booting from Hard Disk|BdsDxe: (failed to|No bootable|starting)/;
      for (const order of ['none', 'revoked']) {
        if (order === 'revoked') {
          await network.operator('allow', machine.mac, '--name', 'revoked', '--disk', 'auto');
          await network.operator('revoke', machine.mac);
        }
        const program = machine.start();
        try {
          const from = Date.now();
          await network.service.says(new RegExp(`${machine.mac}.*boots from its disk \\(unknown\\)`), { signal, from });
          // The empty disk cannot be booted, and the firmware says so: iPXE did go on to it.
          await program.says(disk, { signal, from: Date.now() });
        } finally {
          await program.stop('SIGKILL');
        }
      }
    },
  );

  test.each(FIRMWARE)(
    'is installed without a hand on it, and starts from its disk ever after: $firmware',
    async ({ firmware, number }) => {
      const signal = AbortSignal.timeout(2_500_000);
      const machine = await makeMachine(network, { name: firmware, number, firmware });
      await network.operator('allow', machine.mac, '--name', `worker${number}`, '--disk', '/dev/vda');
      const on = Date.now();
      const program = machine.start();
      try {
        await follow(network, machine, program, { signal, on, name: firmware });
        const list = JSON.parse(await network.operator('list', '--json')) as {
          mac: string;
          phase: string;
          tries: number;
        }[];
        expect(list.find(({ mac }) => mac === machine.mac)).toMatchObject({ phase: 'installed', tries: 1 });
        const say = 'hostname; findmnt -no SOURCE /; test -d /sys/firmware/efi && echo uefi || echo bios; ls /etc/twin';
        const seen = await signIn(network, machine, say, signal);
        expect(seen.trim().split('\n')).toEqual([`worker${number}`, '/dev/vda3', firmware]);
      } finally {
        await program.stop('SIGKILL');
      }
      for (let time = 0; time < RESTARTS; time += 1) {
        const from = Date.now();
        // A start that hangs is not waited for like an installation.
        const soon = AbortSignal.any([signal, AbortSignal.timeout(300_000)]);
        const again = machine.start();
        await reaches(network, machine, again, 'loader asks again', { signal: soon, from })
          .then(() => again.says(/Welcome to .*Debian GNU\/Linux 13/, { signal: soon }))
          .finally(() => again.stop('SIGKILL'));
      }
      console.log(`${firmware}: ${RESTARTS} restarts, all from its disk`);
    },
  );

  test('gets its configuration once: the token is used then, and who tries it again is written down', async () => {
    await network.operator('allow', '52:54:00:78:00:33', '--name', 'other', '--disk', 'auto');
    const curl = ['curl', '-sS', '-w', '%{http_code}'];
    const script = await must(network.inside([...curl, `${SERVER}/boot?mac=52-54-00-78-00-33`]));
    const token = /twin\.token=(\w+)/.exec(script)?.[1] ?? '';
    const first = await run(network.inside([...curl, `${SERVER}/install/${token}/config`]));
    expect(first.stdout).toMatch(/name=other[\s\S]*200$/);
    const from = Date.now();
    const second = await run(network.inside([...curl, `${SERVER}/install/${token}/config`]));
    expect(second.stdout).toMatch(/TWIN_PXE_TOKEN[\s\S]*403$/);
    await network.service.says(/a token was refused to 10\.78\.0\.1/, { signal: AbortSignal.timeout(10_000), from });
  });
});
