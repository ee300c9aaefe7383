import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export type Result = { code: number; out: string; err: string };

/** Runs bash in the repository with `home` as HOME and no other settings than `env`. */
export function bash(home: string, command: string[], env: Record<string, string> = {}): Promise<Result> {
  const settings = { PATH: process.env.PATH ?? '', HOME: home, ...env };
  return new Promise((resolve) => {
    execFile('bash', command, { cwd: ROOT, env: settings }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

/** Runs one function of bootstrap's libraries with `home` as TWIN_HOME. */
export const library = (home: string, script: string): Promise<Result> =>
  bash(
    home,
    ['-c', `set -eu; for part in say stamp root-rights packages node tls; do . scripts/lib/$part.sh; done; ${script}`],
    {
      TWIN_HOME: home,
      SCRATCH: join(home, 'scratch'),
      LAN: '1',
    },
  );
