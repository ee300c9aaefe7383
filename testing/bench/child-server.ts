import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { TwinError } from '@twin/pipecat-app/errors.js';

/** A server in a process of its own. */
export type ChildServer = { pid: number; endpoint: string; key: string; stop(): Promise<void> };

/**
 * Starts a program and waits for the first line of its output for which `ready` gives an address.
 * @throws TwinError `TWIN_BENCH_SERVER` when it ends or stays silent for `patienceMs`.
 */
export async function startServer(
  command: string[],
  env: NodeJS.ProcessEnv,
  ready: (
    line: string,
  ) => Promise<{ endpoint: string; key: string } | undefined> | { endpoint: string; key: string } | undefined,
  patienceMs = 30_000,
): Promise<ChildServer> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const tail: string[] = [];
  const keep = (line: string): void => {
    tail.push(line);
    if (tail.length > 30) tail.shift();
  };
  createInterface({ input: child.stderr }).on('line', keep);
  const lines = createInterface({ input: child.stdout });
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  try {
    for await (const line of lines) {
      keep(line);
      const found = await ready(line);
      if (!found) continue;
      child.stdout.on('data', () => undefined);
      child.stdout.resume();
      return { pid: child.pid as number, ...found, stop: () => stop(child) };
    }
  } finally {
    clearTimeout(late);
  }
  throw new TwinError('TWIN_BENCH_SERVER', `${command.join(' ')} did not come up:\n${tail.join('\n')}`);
}

/** Asks the process to end, kills it after ten seconds, and waits until it is gone. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}
