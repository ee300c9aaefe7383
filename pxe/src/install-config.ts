import type { Plan } from './phase.js';

/**
 * What the initrd reads: one `name=value` a line, values as they are. All of them were checked when they came in; none has
 * a line break.
 */
export function installConfig(
  { name, disk, wipe, installId }: Plan,
  more: { rootSha256: string; registerToken: string; authorizedKeys: readonly string[] },
): string {
  const lines = [
    ['name', name],
    ['disk', disk],
    ['wipe', wipe ? 'yes' : 'no'],
    ['install_id', installId],
    ['root_sha256', more.rootSha256],
    ['register_token', more.registerToken],
    ...more.authorizedKeys.map((key) => ['authorized_key', key]),
  ];
  return lines.map((line) => `${line.join('=')}\n`).join('');
}

/** Public keys of a file in the form of `authorized_keys`; comments and empty lines are left out. */
export const authorizedKeys = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+/.test(line));
