import { lstatSync, readlinkSync } from 'node:fs';
import type { SandboxLimits } from './limits.js';

/** Descriptors through which bubblewrap is told what must not stand in its command line, in this order. */
export const ARGUMENTS_FD = 3;
export const PASSWD_FD = 4;
export const GROUP_FD = 5;
export const SECCOMP_FD = 6;

export const PASSWD = 'sandbox:x:1000:1000::/work:/bin/bash\n';
export const GROUP = 'sandbox:x:1000:\n';

/** Whom a sandbox belongs to when the agent itself is root: nobody. */
export const NOBODY = 65_534;
/** Where root's first bubblewrap lays the work folder, so that the second one, as nobody, can reach it. */
const HANDED_OVER = '/mnt';

export type Layout = {
  limits: SandboxLimits;
  /** Folder of the host that is `/work`; without one `/work` is empty and forgotten. */
  work?: string;
  root: boolean;
  seccomp: boolean;
};

/** The options of bubblewrap, separated by NUL for `--args`: `ps` in the sandbox does not show folders of the host. */
export function bubblewrapArguments({ limits, work, root, seccomp }: Layout): string {
  const disk = String(limits.diskBytes);
  const list = [
    ...[
      '--unshare-user',
      '--unshare-all',
      '--disable-userns',
      '--die-with-parent',
      '--new-session',
      '--cap-drop',
      'ALL',
    ],
    ...['--uid', '1000', '--gid', '1000', '--hostname', 'sandbox', '--clearenv'],
    ...['--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'HOME', '/work', '--setenv', 'TMPDIR', '/tmp'],
    ...['--setenv', 'LANG', 'C.UTF-8', '--setenv', 'TERM', 'dumb', '--setenv', 'PS1', '$ '],
    ...['--ro-bind', '/usr', '/usr', ...['/bin', '/sbin', '/lib', '/lib32', '/lib64'].flatMap(systemFolder)],
    ...['--dir', '/etc', '--file', String(PASSWD_FD), '/etc/passwd', '--file', String(GROUP_FD), '/etc/group'],
    ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'localtime'].flatMap((name) => [
      '--ro-bind-try',
      `/etc/${name}`,
      `/etc/${name}`,
    ]),
    ...['--proc', '/proc', '--dev', '/dev', '--size', disk, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', disk, '--tmpfs', '/tmp'],
    ...(work === undefined ? ['--size', disk, '--tmpfs', '/work'] : ['--bind', root ? HANDED_OVER : work, '/work']),
    ...['--chdir', '/work', '--remount-ro', '/'],
    ...(seccomp ? ['--seccomp', String(SECCOMP_FD)] : []),
  ];
  return `${list.join('\0')}\0`;
}

/**
 * What is started: bubblewrap, in it the limits of the kernel, in them `command`. For root two of them: the first one only lays
 * the work folder where nobody can reach it and stops being root, so that the sandbox is no more than nobody on the host too.
 */
export function commandLine(bwrap: string, command: readonly string[], { limits, work, root }: Layout): string[] {
  const inner = [bwrap, '--args', String(ARGUMENTS_FD), '--', ...confined(command, limits)];
  if (!root) return inner;
  return [
    bwrap,
    ...['--die-with-parent', '--dev-bind', '/', '/', ...(work === undefined ? [] : ['--bind', work, HANDED_OVER])],
    ...['--cap-drop', 'ALL', '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--'],
    ...['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'],
    ...inner,
  ];
}

/** Descriptors that a library of the agent forgot to close would pass; the shell closes them. */
const CLOSE_THE_REST = `for f in /proc/self/fd/*; do n=\${f##*/}; if [ "$n" -gt 2 ]; then eval "exec $n>&-"; fi; done; exec "$@"`;

// Inside: processes are counted in the sandbox's own user namespace, so the host's other processes do not count.
const confined = (command: readonly string[], limits: SandboxLimits): string[] => [
  ...['/bin/bash', '--norc', '--noprofile', '-c', CLOSE_THE_REST, 'sandbox'],
  ...['prlimit', `--nproc=${limits.processes}`, `--as=${limits.memoryBytes}`, `--fsize=${limits.diskBytes}`],
  ...[
    `--cpu=${Math.ceil(limits.wallMs / 1000) + 1}`,
    '--core=0',
    '--nofile=256',
    '--memlock=65536',
    '--msgqueue=0',
    '--',
  ],
  ...['nice', '-n', '10', ...command],
];

/** `/bin` and its like: links into `/usr` on today's systems, folders on older ones, or not there. */
function systemFolder(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
