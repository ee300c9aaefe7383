import type { Plan } from './phase.js';

export type PreseedParts = {
  plan: Plan;
  /** Of this try: `http://…/install/TOKEN`, where it reports. */
  report: string;
  /** Debian's archive, as apt writes it. */
  archive: string;
  register: { url: string; cert: string; token: string };
  /** The files of `pxe/first-boot`. */
  firstBoot: { script: string; unit: string };
  /** Whether an earlier try of this installation has begun to write to the disk. */
  began: boolean;
};

/** Packages besides those of a minimal system, as in the image of the other way. */
const PACKAGES = ['openssh-server', 'sudo', 'python3', 'python3-apt', 'curl', 'ca-certificates', 'zstd', 'nftables'];

/** Answers for Debian's installer: one disk, no question, and the same first start as after the other way. */
export function preseed(parts: PreseedParts): string {
  const { plan, report, archive } = parts;
  const { protocol, host, pathname } = new URL(archive);
  const answers = [
    ['preseed/early_command', 'string', told(report, 'early')],
    ['debian-installer/locale', 'string', 'en_US.UTF-8'],
    ['keyboard-configuration/xkb-keymap', 'select', 'us'],
    ['netcfg/choose_interface', 'select', 'auto'],
    ['netcfg/get_hostname', 'string', plan.name],
    ['netcfg/hostname', 'string', plan.name],
    ['netcfg/get_domain', 'string', 'home'],
    ['hw-detect/load_firmware', 'boolean', 'false'],
    ['mirror/country', 'string', 'manual'],
    ['mirror/protocol', 'string', protocol.slice(0, -1)],
    [`mirror/${protocol.slice(0, -1)}/hostname`, 'string', host],
    [`mirror/${protocol.slice(0, -1)}/directory`, 'string', pathname.replace(/\/$/, '') || '/'],
    [`mirror/${protocol.slice(0, -1)}/proxy`, 'string', ''],
    ['mirror/suite', 'string', 'trixie'],
    ['clock-setup/utc', 'boolean', 'true'],
    ['clock-setup/ntp', 'boolean', 'true'],
    ['time/zone', 'string', 'UTC'],
    // Nobody signs in by a password: the controller comes with its key.
    ['passwd/root-login', 'boolean', 'true'],
    ['passwd/make-user', 'boolean', 'false'],
    ['passwd/root-password-crypted', 'password', '!'],
    ['partman/early_command', 'string', ran(diskScript(parts))],
    ['partman-auto/method', 'string', 'regular'],
    ['partman-auto/choose_recipe', 'select', 'atomic'],
    ['partman-partitioning/confirm_write_new_label', 'boolean', 'true'],
    ['partman-partitioning/choose_label', 'select', 'gpt'],
    ['partman-efi/non_efi_system', 'boolean', 'true'],
    ['partman/choose_partition', 'select', 'finish'],
    ['partman/confirm', 'boolean', 'true'],
    ['partman/confirm_nooverwrite', 'boolean', 'true'],
    ['base-installer/install-recommends', 'boolean', 'false'],
    ['apt-setup/services-select', 'multiselect', ''],
    ['apt-setup/cdrom/set-first', 'boolean', 'false'],
    ['pkgsel/include', 'string', PACKAGES.join(' ')],
    ['pkgsel/upgrade', 'select', 'none'],
    ['pkgsel/update-policy', 'select', 'none'],
    ['grub-installer/only_debian', 'boolean', 'true'],
    ['grub-installer/force-efi-extra-removable', 'boolean', 'true'],
    ['finish-install/reboot_in_progress', 'note', ''],
    ['preseed/late_command', 'string', lateCommand(parts)],
  ];
  return [
    ...answers.map((answer) => `d-i ${answer.join(' ')}`),
    'tasksel tasksel/first multiselect',
    'popularity-contest popularity-contest/participate boolean false',
    '',
  ].join('\n');
}

/** Its own small programs are the installer's: no base64, no curl. */
const told = (report: string, step: string): string => `wget -q -O /dev/null ${report}/phase/${step} || true`;

/** One line of shell, as a preseed wants it. */
const ran = (lines: readonly string[]): string => lines.join('; ');

/** Names the disk, and guards it as the other way does; a try that had begun goes on. */
function diskScript({ plan, report, began }: PreseedParts): string[] {
  const stop = (why: string): string => `{ wget -q -O /dev/null ${report}/failed/${why}; sleep 20; reboot -f; }`;
  const dirty = '[ "$(head -c 4194304 "$disk" | tr -d "\\\\000" | head -c 1 | wc -c)" -gt 0 ]';
  return [
    plan.disk === 'auto'
      ? `set -- $(list-devices disk); [ $# = 1 ] || ${stop('more-than-one-disk-say-which-one-by-disk')}; disk=$1`
      : `disk=${plan.disk}; [ -b "$disk" ] || ${stop('there-is-no-such-disk')}`,
    ...(plan.wipe || began ? [] : [`if ${dirty}; then ${stop('the-disk-has-data-and-nobody-said-to-wipe-it')}; fi`]),
    told(report, 'partition'),
    'debconf-set partman-auto/disk "$disk"',
    'debconf-set grub-installer/bootdev "$disk"',
  ];
}

/** What runs at the end, in the installed system: it registers as one of the other way does. */
export function lateCommand({ register, firstBoot, report }: PreseedParts): string {
  const write = (path: string, text: string, mode: string): string =>
    `echo ${Buffer.from(text).toString('base64')} | base64 -d >${path} && chmod ${mode} ${path}`;
  const script = [
    'set -e',
    'mkdir -p /etc/twin',
    write('/etc/twin/register', `url=${register.url}\ntoken=${register.token}\n`, '0600'),
    write('/etc/twin/register.pem', register.cert, '0644'),
    write('/usr/local/sbin/twin-register', firstBoot.script, '0755'),
    write('/etc/systemd/system/twin-register.service', firstBoot.unit, '0644'),
    'systemctl enable twin-register.service ssh.service',
  ].join('\n');
  const run = `in-target sh -c "echo ${Buffer.from(script).toString('base64')} | base64 -d | sh"`;
  return `${run} && wget -q -O /dev/null ${report}/done`;
}
