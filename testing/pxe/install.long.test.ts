import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must, run } from '../lab/run-command.js';
import { type BootNetwork, openBootNetwork, SERVER } from './boot-network.js';
import { type Firmware, makeMachine } from './machine.js';

let network: BootNetwork;
let folder: string;

const isRoot = process.getuid?.() === 0;
const FIRMWARE: { firmware: Firmware; number: number }[] = [
  { firmware: 'bios', number: 1 },
  { firmware: 'uefi', number: 2 },
];

/** What happens on the way, as the service says it; the time of each is a figure. */
const STEPS: [name: string, line: RegExp][] = [
  ['loader asks', /boots the installer/],
  ['initrd asks', /fetched its configuration/],
  ['partition', /phase partition/],
  ['unpack', /phase unpack/],
  ['configure', /phase configure/],
  ['boot loader', /phase loader/],
  ['installed', /is installed/],
  ['loader asks again', /boots from its disk \(installed\)/],
  ['registered', /registered from/],
];

describe.runIf(isRoot)('a bare machine, from power on to its own disk', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-pxe-'));
    network = await openBootNetwork(folder, AbortSignal.timeout(1_500_000));
  }, 1_500_000);
  afterAll(async () => {
    await network?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('that nobody allowed is sent to its disk', async () => {
    const machine = await makeMachine(network, { name: 'stranger', number: 9, firmware: 'bios' });
    const program = machine.start();
    try {
      await network.service.says(/boots from its disk \(unknown\)/, { signal: AbortSignal.timeout(180_000) });
      // The empty disk cannot be booted, and the firmware says so: iPXE did go on to it.
      await program.says(/No bootable device|Boot from SAN device .* failed|Booting from Hard Disk/, {
        signal: AbortSignal.timeout(60_000),
      });
    } finally {
      await program.stop('SIGKILL');
    }
  });

  test.each(FIRMWARE)('is installed without a hand on it: $firmware', async ({ firmware, number }) => {
    const signal = AbortSignal.timeout(1_500_000);
    const machine = await makeMachine(network, { name: firmware, number, firmware });
    await network.operator('allow', machine.mac, '--name', `worker${number}`, '--disk', '/dev/vda');
    const on = Date.now();
    const program = machine.start();
    try {
      let from = on;
      for (const [name, line] of STEPS) {
        const { at, text } = await network.service.says(line, { signal, from }).catch((error: Error) => {
          const console_ = program.lines.slice(-25).map(({ text }) => text);
          throw new Error(`${name}: ${error.message}\nits console:\n${console_.join('\n')}`);
        });
        expect(text).toContain(machine.mac);
        console.log(`${firmware}: ${name} ${((at - on) / 1000).toFixed(0)} s`);
        from = at;
      }
      const list = JSON.parse(await network.operator('list')) as {
        mac: string;
        phase: string;
        registered?: { address: string; hostKey: string };
      }[];
      const entry = list.find(({ mac }) => mac === machine.mac);
      expect(entry).toMatchObject({ phase: 'installed', tries: 1 });
      const { address, hostKey } = entry?.registered ?? { address: '', hostKey: '' };
      const known = join(folder, `known-${number}`);
      await must(['sh', '-c', 'echo "$0" >"$1"', `${address} ${hostKey}`, known]);
      const ssh = ['ssh', '-i', join(folder, 'key'), '-o', `UserKnownHostsFile=${known}`, '-o', 'ConnectTimeout=60'];
      const say = 'hostname; findmnt -no SOURCE /; test -d /sys/firmware/efi && echo uefi || echo bios; ls /etc/twin';
      const seen = await must(network.inside([...ssh, '-o', 'BatchMode=yes', `root@${address}`, say]), { signal });
      expect(seen.trim().split('\n')).toEqual([`worker${number}`, '/dev/vda3', firmware]);
    } finally {
      await program.stop('SIGKILL');
    }
  });

  test('whose disk has data is left as it was, until the operator says wipe', async () => {
    const machine = await makeMachine(network, { name: 'used', number: 4, firmware: 'bios' });
    await must(['mke2fs', '-q', '-F', '-t', 'ext4', machine.disk]);
    const before = await must(['sh', '-c', 'head -c 1M "$0" | sha256sum', machine.disk]);
    await network.operator('allow', machine.mac, '--name', 'worker4', '--disk', 'auto');
    const program = machine.start();
    try {
      const signal = AbortSignal.timeout(400_000);
      const { at } = await network.service.says(/failed: disk \/dev\/vda has data \(ext4 \)/, { signal });
      expect(await must(['sh', '-c', 'head -c 1M "$0" | sha256sum', machine.disk])).toBe(before);
      await network.operator('allow', machine.mac, '--name', 'worker4', '--disk', 'auto', '--wipe');
      await network.service.says(/wipes \/dev\/vda/, { signal, from: at });
    } finally {
      await program.stop('SIGKILL');
    }
  });

  test.each(['partition', 'unpack', 'loader'])('goes on by itself after a power cut: %s', async (step) => {
    const signal = AbortSignal.timeout(1_500_000);
    const number = 5 + ['partition', 'unpack', 'loader'].indexOf(step);
    const machine = await makeMachine(network, { name: step, number, firmware: 'bios' });
    await network.operator('allow', machine.mac, '--name', `worker${number}`, '--disk', '/dev/vda');
    const cut = machine.start();
    const { at } = await network.service.says(new RegExp(`${machine.mac}.*phase ${step}`), { signal });
    await cut.stop('SIGKILL');
    const program = machine.start();
    try {
      await network.service.says(new RegExp(`${machine.mac}.*registered from`), { signal, from: at });
    } finally {
      await program.stop('SIGKILL');
    }
  });

  test('gets its configuration once: the token is used then', async () => {
    await network.operator('allow', '52:54:00:78:00:33', '--name', 'other', '--disk', 'auto');
    const curl = ['curl', '-sS', '-w', '%{http_code}'];
    const script = await must(network.inside([...curl, `${SERVER}/boot?mac=52-54-00-78-00-33`]));
    const token = /twin\.token=(\w+)/.exec(script)?.[1] ?? '';
    const first = await run(network.inside([...curl, `${SERVER}/install/${token}/config`]));
    expect(first.stdout).toMatch(/name=other[\s\S]*200$/);
    const second = await run(network.inside([...curl, `${SERVER}/install/${token}/config`]));
    expect(second.stdout).toMatch(/TWIN_PXE_TOKEN[\s\S]*403$/);
  });
});
