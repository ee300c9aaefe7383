import { chown, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addressOf, GATEWAY, MOST_NODES, PREFIX_BITS, PROXY_PORT } from './addresses.js';
import { SUITE } from './base-image.js';

/** What a node knows of the world outside: the proxy, under names that tell nothing of the machine's own registries. */
export type NodeClients = {
  /** Names of the proxy's Debian archives. */
  archives: { main: string; security?: string };
  aptDates: readonly string[];
  registries: readonly string[];
};

/** One file of a node's own. */
export type NodeFile = { path: string; text: string; mode?: number; owner?: number };

/** The user that the base system has besides root. */
const PERSON = 1000;

const proxied = (name: string): string => `http://${GATEWAY}:${PROXY_PORT}/${name}`;

/** Everything in which a node differs from the base system. */
export function nodeFiles(options: {
  number: number;
  machineId: string;
  /** The public key that may log in. */
  access: string;
  hostKey: { secret: string; open: string };
  clients: NodeClients;
}): NodeFile[] {
  const { number, machineId, access, hostKey, clients } = options;
  const numbers = Array.from({ length: MOST_NODES }, (_, index) => index + 1);
  return [
    { path: 'etc/hostname', text: `node${number}\n` },
    { path: 'etc/machine-id', text: `${machineId}\n`, mode: 0o444 },
    {
      path: 'etc/hosts',
      text: ['127.0.0.1 localhost', ...numbers.map((n) => `${addressOf(n)} node${n}`), ''].join('\n'),
    },
    { path: 'etc/resolv.conf', text: '# There is no name server in the lab.\n' },
    {
      path: 'etc/systemd/network/10-lab.network',
      text: `[Match]
Name=host0

[Network]
Address=${addressOf(number)}/${PREFIX_BITS}
Gateway=${GATEWAY}
LinkLocalAddressing=no
IPv6AcceptRA=no
`,
    },
    { path: 'etc/ssh/ssh_host_ed25519_key', text: hostKey.secret, mode: 0o600 },
    { path: 'etc/ssh/ssh_host_ed25519_key.pub', text: hostKey.open },
    { path: 'root/.ssh/authorized_keys', text: access, mode: 0o600 },
    { path: 'home/person/.ssh/authorized_keys', text: access, mode: 0o600, owner: PERSON },
    ...clientFiles(clients),
  ];
}

/** The settings of the node's package clients. sudo keeps the variables, as the clients of root need them too. */
function clientFiles({ archives, aptDates, registries }: NodeClients): NodeFile[] {
  const line = (archive: string, suite: string): string => `deb ${proxied(archive)} ${suite} main`;
  const variables = registries.flatMap((name) => VARIABLES[name] ?? []);
  return [
    {
      path: 'etc/apt/sources.list',
      text: [
        line(archives.main, SUITE),
        line(archives.main, `${SUITE}-updates`),
        ...(archives.security ? [line(archives.security, `${SUITE}-security`)] : []),
        '',
      ].join('\n'),
    },
    { path: 'etc/apt/apt.conf.d/00lab', text: ['Acquire::Languages "none";', ...aptDates, ''].join('\n') },
    { path: 'etc/environment', text: variables.map((variable) => `${variable}\n`).join('') },
    {
      path: 'etc/sudoers.d/lab',
      text: variables.map((variable) => `Defaults env_keep += "${variable.split('=')[0]}"\n`).join(''),
      mode: 0o440,
    },
  ];
}

const VARIABLES: Record<string, string[]> = {
  npm: [`npm_config_registry=${proxied('npm')}/`, 'npm_config_audit=false'],
  pypi: [`PIP_INDEX_URL=${proxied('pypi')}/`, `PIP_TRUSTED_HOST=${GATEWAY}`],
  go: [`GOPROXY=${proxied('go')}`],
};

/** Modes of folders that are not everyone's, as the base system has them. */
const PRIVATE: Record<string, { mode: number; owner?: number }> = {
  root: { mode: 0o700 },
  'root/.ssh': { mode: 0o700 },
  'home/person': { mode: 0o700, owner: PERSON },
  'home/person/.ssh': { mode: 0o700, owner: PERSON },
};

/** Writes them below `folder`, the upper layer of a node's disk, with the folders on the way. */
export async function writeNodeFiles(folder: string, files: readonly NodeFile[]): Promise<void> {
  for (const { path, text, mode = 0o644, owner = 0 } of files) {
    const file = join(folder, path);
    await makeFolders(folder, dirname(path));
    await writeFile(file, text, { mode });
    await chown(file, owner, owner);
  }
}

async function makeFolders(folder: string, path: string): Promise<void> {
  let at = '';
  for (const part of path.split('/')) {
    at = at ? `${at}/${part}` : part;
    const { mode, owner = 0 } = PRIVATE[at] ?? { mode: 0o755 };
    const made = await mkdir(join(folder, at), { mode, recursive: true });
    if (made) await chown(join(folder, at), owner, owner);
  }
}
