import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A key that a machine may show. `type` as SSH names it, `key` its bytes. */
export type HostKey = { type: string; key: Buffer; revoked: boolean };

/**
 * The keys that a `known_hosts` file of OpenSSH names for a machine, plain and hashed names alike. Lines with patterns
 * and certificate authorities are left out: a key is pinned to one machine or not at all.
 */
export function keysFor(content: string, address: string, port: number): HostKey[] {
  const wanted = port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
  const keys: HostKey[] = [];
  for (const line of content.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[0]?.startsWith('#')) continue;
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names, type, base64] = fields;
    if (marker === '@cert-authority' || !names || !type || !base64) continue;
    if (!names.split(',').some((name) => isName(name, wanted))) continue;
    keys.push({ type, key: Buffer.from(base64, 'base64'), revoked: marker === '@revoked' });
  }
  return keys;
}

function isName(name: string, wanted: string): boolean {
  const [, kind, salt, hash] = name.split('|');
  if (kind !== '1' || salt === undefined || hash === undefined) return name.toLowerCase() === wanted;
  const mine = createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest();
  const theirs = Buffer.from(hash, 'base64');
  return mine.length === theirs.length && timingSafeEqual(mine, theirs);
}

/** As `ssh-keygen -l` shows it: `SHA256:…`. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The signature algorithms that prove a key of this type. */
export const algorithmsOf = (type: string): readonly string[] =>
  type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type];
