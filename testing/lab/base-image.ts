import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '@twin/pipecat-app/errors.js';
import type { ClientSettings } from './client-settings.js';
import { withLock } from './file-lock.js';
import { baseFolder } from './lab-folders.js';
import { run } from './run-command.js';

export const SUITE = 'trixie';

/** A minimal Debian with SSH, and what people have at hand on such a machine. */
const PACKAGES = `systemd systemd-sysv systemd-timesyncd libpam-systemd dbus openssh-server sudo python3 python3-apt
  iproute2 iputils-ping ethtool nftables netbase procps kmod pciutils less ca-certificates curl git gnupg xz-utils zstd`
  .split(/\s+/)
  .join(',');

/** What no test reads: a third of the size. */
const LEFT_OUT = ['usr/share/doc', 'usr/share/man', 'usr/share/locale'];

/** Run in the new system. Each node gets keys and an id of its own; `person` is an ordinary user who may use sudo. */
const FINISH = `
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf /var/cache/apt/archives/*.deb
: >/etc/machine-id
useradd --create-home --shell /bin/bash --groups sudo person
echo person:person | chpasswd
ln -sf /usr/lib/systemd/system/systemd-networkd.service /etc/systemd/system/multi-user.target.wants/
ln -sf /dev/null /etc/systemd/system/systemd-networkd-wait-online.service
`;

/** Names one recipe; another recipe makes another base. */
const RECIPE = createHash('sha256')
  .update(JSON.stringify([SUITE, PACKAGES, LEFT_OUT, FINISH]))
  .digest('hex')
  .slice(0, 12);

/**
 * The base system that every node is an overlay of. Built once, in about a minute; a second process that wants it waits.
 * @throws TwinError `TWIN_LAB_BASE` with the end of debootstrap's log
 */
export async function baseImage(
  settings: ClientSettings,
  { say, signal }: { say: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<string> {
  const base = join(baseFolder(), RECIPE);
  if (existsSync(base)) return base;
  await withLock(
    join(baseFolder(), 'lock'),
    async () => {
      if (existsSync(base)) return;
      say('building the base system (once, about a minute)');
      await build(base, settings, signal);
    },
    signal,
  );
  return base;
}

async function build(base: string, settings: ClientSettings, signal?: AbortSignal): Promise<void> {
  const part = `${base}.part`;
  const log = `${base}.log`;
  await rm(part, { recursive: true, force: true });
  await mkdir(baseFolder(), { recursive: true });
  const env = { ...process.env, ...(settings.aptProxy && { http_proxy: settings.aptProxy }) };
  const step = async (command: string[], input?: string): Promise<void> => {
    const { code, stdout, stderr } = await run(command, { env, signal, ...(input !== undefined && { input }) });
    await appendFile(log, stdout + stderr);
    if (code === 0) return;
    const end = (await readFile(log, 'utf8')).trim().split('\n').slice(-12).join('\n');
    throw new TwinError('TWIN_LAB_BASE', `The base system could not be built:\n${end}`, {
      next: `Read ${log}. Does apt-get update work on this machine?`,
    });
  };
  try {
    await rm(log, { force: true });
    await step(['debootstrap', '--variant=minbase', `--include=${PACKAGES}`, SUITE, part, settings.debian.main]);
    await step(['chroot', part, 'sh', '-eu'], FINISH);
    for (const folder of LEFT_OUT) {
      await rm(join(part, folder), { recursive: true, force: true });
      await appendFile(join(part, 'etc/dpkg/dpkg.cfg.d/lab'), `path-exclude=/${folder}/*\n`);
    }
    await rename(part, base);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
