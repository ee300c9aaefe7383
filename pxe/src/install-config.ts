import type { Plan } from './phase.js';

/**
 * What the initrd reads: one `name=value` a line, values as they are. All of them were checked when they came in; none has
 * a line break.
 */
export function installConfig(
  { name, disk, wipe, installId }: Plan,
  more: {
    rootSha256: string;
    archive: string;
    registerToken: string;
    register: { url: string; cert: string };
    now: number;
  },
): string {
  const lines = [
    ['name', name],
    ['disk', disk],
    ['wipe', wipe ? 'yes' : 'no'],
    ['install_id', installId],
    ['root_sha256', more.rootSha256],
    ['archive', more.archive],
    ['register_token', more.registerToken],
    ['register_url', more.register.url],
    ['register_cert', Buffer.from(more.register.cert).toString('base64')],
    // A machine whose battery is empty lives in another year, in which no certificate holds. Seconds since 1970.
    ['now', String(Math.floor(more.now / 1000))],
  ];
  return lines.map((line) => `${line.join('=')}\n`).join('');
}

/** Public keys of a file in the form of `authorized_keys`; comments and empty lines are left out. */
export const authorizedKeys = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+/.test(line));
