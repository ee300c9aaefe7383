import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../bench/servers.js';

const INSPECTOR = createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector-cli');

/** How the inspector ended: its result as JSON when it ended with 0, else what it said. */
export type Inspected = { code: number; result: Record<string, unknown>; words: string };

/**
 * Runs the official inspector's command line once: `inspector --cli TARGET --method …`.
 * @param target an address, or a program and its arguments, none of which may look like an option
 * @param env what the program finds in its environment besides ours
 */
export function inspect(
  target: readonly string[],
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Inspected> {
  // It looks for its own version in the folder above the current one.
  const options = { cwd: join(ROOT, 'testing'), timeout: 60_000, env: { ...process.env, ...env } };
  const all = [INSPECTOR, '--cli', ...target, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, result: code === 0 ? JSON.parse(stdout) : {}, words: `${stdout}${stderr}` });
    });
  });
}
