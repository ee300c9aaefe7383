import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Sshd = {
  port: number;
  /** The agent's private key, which it accepts. */
  key: string;
  /** What `known_hosts` must say of it. */
  knownHosts: string;
  close(): Promise<void>;
};

/** A real sshd of this user on loopback, with keys of its own in `folder`. */
export async function startSshd(folder: string): Promise<Sshd> {
  const made = (name: string): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    return join(folder, name);
  };
  const [hostKey, key] = [made('host'), made('id')];
  const port = await freePort();
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${key}.pub`));
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
  ];
  const file = join(folder, 'sshd_config');
  writeFileSync(file, `${lines.join('\n')}\n`);
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child);
  const [type, base64] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  return { port, key, knownHosts: `[127.0.0.1]:${port} ${type} ${base64}\n`, close: () => ended(child) };
}

function listening(child: ChildProcess): Promise<void> {
  const seen: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd ended: ${seen.join(' ')}`)));
    createInterface({ input: child.stderr! }).on('line', (line) => {
      seen.push(line);
      if (line.includes('Server listening')) resolve();
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
