import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeFiles, writeNodeFiles } from './node-files.js';

const options = {
  number: 2,
  machineId: 'f'.repeat(32),
  access: 'ssh-ed25519 AAAA lab\n',
  hostKey: { secret: 'secret\n', open: 'open\n' },
  clients: {
    archives: { main: 'debian', security: 'security' },
    aptDates: ['Acquire::Check-Date "false";'],
    registries: ['npm'],
  },
};
const textOf = (path: string, changed: Partial<typeof options> = {}): string | undefined =>
  nodeFiles({ ...options, ...changed }).find((file) => file.path === path)?.text;

describe("a node's own files", () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  it('give it its name, its address and the names of all the others', () => {
    expect(textOf('etc/hostname')).toBe('node2\n');
    expect(textOf('etc/systemd/network/10-lab.network')).toContain('Address=10.77.0.12/24\nGateway=10.77.0.1\n');
    expect(textOf('etc/hosts')).toContain('10.77.0.11 node1\n10.77.0.12 node2\n');
    expect(textOf('etc/hosts')).toContain('10.77.0.30 node20\n');
  });

  it('lead its package clients to the proxy alone', () => {
    expect(textOf('etc/apt/sources.list')).toBe(
      ['debian trixie', 'debian trixie-updates', 'security trixie-security']
        .map((part) => `deb http://10.77.0.1:3142/${part} main\n`)
        .join(''),
    );
    expect(textOf('etc/apt/apt.conf.d/00lab')).toContain('Acquire::Check-Date "false";');
    expect(textOf('etc/environment')).toBe('npm_config_registry=http://10.77.0.1:3142/npm/\nnpm_config_audit=false\n');
    expect(textOf('etc/sudoers.d/lab')).toContain('env_keep += "npm_config_registry"\n');
  });

  it('name no archive that this machine has not', () => {
    const clients = { archives: { main: 'debian' }, aptDates: [], registries: [] } as never;
    expect(textOf('etc/apt/sources.list', { clients })).not.toContain('security');
    expect(textOf('etc/environment', { clients })).toBe('');
  });

  it('are written with the modes that sshd and sudo insist on', async ({ skip }) => {
    if (process.geteuid?.() !== 0) skip('only root gives files away');
    const folder = await mkdtemp(join(tmpdir(), 'twin-node-'));
    folders.push(folder);
    await writeNodeFiles(folder, nodeFiles(options));
    const mode = async (path: string): Promise<string> => {
      const { mode: bits, uid } = await stat(join(folder, path));
      return `${(bits & 0o777).toString(8)} ${uid}`;
    };
    expect(await mode('root/.ssh')).toBe('700 0');
    expect(await mode('root/.ssh/authorized_keys')).toBe('600 0');
    expect(await mode('home/person')).toBe('700 1000');
    expect(await mode('home/person/.ssh/authorized_keys')).toBe('600 1000');
    expect(await mode('home')).toBe('755 0');
    expect(await mode('etc/sudoers.d/lab')).toBe('440 0');
    expect(await mode('etc/ssh/ssh_host_ed25519_key')).toBe('600 0');
    expect(await readFile(join(folder, 'root/.ssh/authorized_keys'), 'utf8')).toBe(options.access);
  });
});
