import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { cgroupTop } from './cgroup.js';
import { run } from './run-command.js';

/** Programs a lab needs and the Debian packages that have them. */
const TOOLS: Record<string, string> = {
  'systemd-nspawn': 'systemd-container',
  debootstrap: 'debootstrap',
  flock: 'util-linux',
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

/** Why this machine cannot have a lab; undefined when it can. */
export async function labImpossible(): Promise<TwinError | undefined> {
  if (process.geteuid?.() !== 0) {
    return new TwinError('TWIN_LAB_ROOT', 'A lab makes networks and mounts, for which it must run as root.', {
      next: 'Run it with sudo, or as root.',
    });
  }
  const missing: string[] = [];
  for (const tool of Object.keys(TOOLS)) {
    if ((await run(['sh', '-c', 'command -v "$0"', tool])).code !== 0) missing.push(tool);
  }
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => TOOLS[tool]))].join(' ');
    return new TwinError('TWIN_LAB_TOOLS', `A lab needs ${missing.join(', ')}.`, {
      next: `apt-get install ${packages}`,
    });
  }
  if (!cgroupTop()) {
    return new TwinError('TWIN_LAB_KERNEL', 'This machine has no control groups of version 2.', {
      next: 'Mount them: mount -t cgroup2 none /sys/fs/cgroup/unified',
    });
  }
  return kernelLacks();
}

/** @throws TwinError `TWIN_LAB_ROOT`, `TWIN_LAB_TOOLS` or `TWIN_LAB_KERNEL` where there can be no lab */
export async function requireLab(): Promise<void> {
  const why = await labImpossible();
  if (why) throw why;
}

/** Tries the mount and the network of a node: a container of this machine's own may forbid either. */
async function kernelLacks(): Promise<TwinError | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'twin-lab-'));
  const script = `cd "$0" && mkdir lower upper work root
mount -t overlay overlay -o volatile,lowerdir=lower,upperdir=upper,workdir=work root
ip link add lab0 type bridge
printf 'table bridge lab\\n' | nft -f -`;
  try {
    const { code, stderr } = await run(['unshare', '--mount', '--net', 'sh', '-e', '-c', script, folder]);
    if (code === 0) return undefined;
    return new TwinError('TWIN_LAB_KERNEL', `This machine allows no lab: ${stderr.trim()}`, {
      next: 'Use a machine of your own or an emulated one, not a container.',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
