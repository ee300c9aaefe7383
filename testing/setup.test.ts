import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from './bench/servers.js';

const GOOD = {
  HOSTNAME: 'first',
  STATIC_IP: '192.168.1.10/24',
  GATEWAY: '192.168.1.1',
  DNS: '"192.168.1.1 9.9.9.9"',
  INTERFACE: 'enp0s25',
  CONTROL_NODE_IP: '192.168.1.10',
  TARGET_USER: 'ann',
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'twin-setup-'));
  for (const folder of ['etc/network', 'etc/sudoers.d', 'sys/class/net/enp0s25', 'sys/class/net/wlan0/wireless']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/bash\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function setup(values: Partial<typeof GOOD> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const conf = join(root, 'setup.conf');
  const lines = Object.entries({ ...GOOD, ...values }).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(conf, lines.join(''));
  const args = [join(ROOT, 'initial-setup/setup.sh'), '--root', root, '--conf', conf];
  return new Promise((resolve) => {
    const child = execFile('bash', args, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}
const file = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

// It refuses to run as anyone else.
describe.runIf(process.getuid?.() === 0)('setup.sh', () => {
  test.each<[keyof typeof GOOD, string]>([
    ['HOSTNAME', ''],
    ['HOSTNAME', 'first.example.org'],
    ['STATIC_IP', '192.168.1.10'],
    ['STATIC_IP', '192.168.1.256/24'],
    ['STATIC_IP', '192.168.1.10/33'],
    ['GATEWAY', '192.168.2.1'],
    ['GATEWAY', '192.168.1.10'],
    ['DNS', ''],
    ['DNS', '192.168.1.1,9.9.9.9'],
    ['INTERFACE', 'eth7'],
    ['INTERFACE', 'wlan0'],
    ['CONTROL_NODE_IP', 'controller'],
    ['TARGET_USER', 'root'],
    ['TARGET_USER', 'nobody-here'],
  ])('%s=%s is refused by name, and nothing is written', async (key, value) => {
    const { code, stdout, stderr } = await setup({ [key]: value });
    expect(stderr).toContain(`${key} in `);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    await expect(file('etc/hostname')).rejects.toThrow('ENOENT');
  });

  test('name, address, name servers and hosts are set; a second run changes nothing', async () => {
    await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n127.0.1.1 debian\n');
    const { code, stdout } = await setup({ CONTROL_NODE_IP: '192.168.1.2' });
    expect(code).toBe(0);
    expect(stdout).toContain('Restart the machine now');
    expect(await file('etc/hostname')).toBe('first\n');
    expect(await file('etc/hosts')).toBe(
      '127.0.0.1 localhost\n# begin twin setup\n192.168.1.10 first\n192.168.1.2 twin-controller\n# end twin setup\n',
    );
    expect(await file('etc/network/interfaces.d/twin')).toContain('address 192.168.1.10/24');
    expect(await file('etc/resolv.conf')).toBe('nameserver 192.168.1.1\nnameserver 9.9.9.9\n');
    const again = await setup({ CONTROL_NODE_IP: '192.168.1.2' });
    expect(again).toEqual({ code: 0, stdout: 'everything is in place\n', stderr: '' });
  });

  test("the installer's entry for the interface goes, others stay, the file before is kept", async () => {
    const before =
      'auto lo enp0s25\niface lo inet loopback\nallow-hotplug enp0s25\niface enp0s25 inet dhcp\n  mtu 1400\niface enp3s0 inet dhcp\n';
    await writeFile(join(root, 'etc/network/interfaces'), before);
    expect((await setup()).code).toBe(0);
    expect(await file('etc/network/interfaces')).toBe(
      'auto lo\niface lo inet loopback\niface enp3s0 inet dhcp\nsource /etc/network/interfaces.d/*\n',
    );
    expect(await file('etc/network/interfaces.before-twin')).toBe(before);
    expect((await setup()).stdout).toBe('everything is in place\n');
  });

  test('with systemd-networkd it writes a file for that', async () => {
    const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
    await mkdir(wants, { recursive: true });
    await writeFile(join(wants, 'systemd-networkd.service'), '');
    expect((await setup()).code).toBe(0);
    expect(await file('etc/systemd/network/05-twin.network')).toBe(
      '[Match]\nName=enp0s25\n\n[Network]\nAddress=192.168.1.10/24\nGateway=192.168.1.1\nDNS=192.168.1.1\nDNS=9.9.9.9\n',
    );
    await expect(file('etc/network/interfaces.d/twin')).rejects.toThrow('ENOENT');
  });

  test('sudo asks this user for a password again', async () => {
    await writeFile(join(root, 'etc/sudoers.d/ann'), 'ann ALL=(ALL) NOPASSWD: ALL\nbob ALL=(ALL) NOPASSWD: ALL\n');
    expect((await setup()).code).toBe(0);
    expect(await file('etc/sudoers.d/ann')).toBe('ann ALL=(ALL) ALL\nbob ALL=(ALL) NOPASSWD: ALL\n');
  });
});
