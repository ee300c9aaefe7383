import { readFileSync, statSync } from 'node:fs';

/** An ACL token, or what gives the one that is valid now. */
export type Token = string | (() => string | undefined);

export const tokenNow = (token: Token | undefined): string | undefined =>
  (typeof token === 'function' ? token() : token) || undefined;

/**
 * Reads the token from a file that its owner renews: Nomad writes a task's workload identity to
 * `${NOMAD_SECRETS_DIR}/nomad_token` and replaces it before it expires. While the file cannot be read, the last token
 * stays.
 */
export function tokenFromFile(path: string): () => string | undefined {
  let token: string | undefined;
  let seen = '';
  return () => {
    try {
      const { mtimeMs, ino, size } = statSync(path);
      const stamp = `${mtimeMs} ${ino} ${size}`;
      if (stamp !== seen) {
        token = readFileSync(path, 'utf8').trim() || undefined;
        seen = stamp;
      }
    } catch {
      // Between two versions of the file there may be none for a moment.
    }
    return token;
  };
}
