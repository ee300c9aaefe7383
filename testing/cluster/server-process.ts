import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { until } from './until.js';

/** How to start one server, and how to tell that it is ready. */
export type ServerRecipe = {
  name: string;
  command: readonly [string, ...string[]];
  /** Where it runs; its plugins inherit it, which is how `processesUnder` knows them. */
  cwd: string;
  logFile: string;
  /** Resolves to true when the server can be used. */
  ready: () => Promise<boolean>;
  patienceMs: number;
  /** In a session of its own, so that it outlives the terminal it was started from. */
  detached: boolean;
};

/**
 * Starts a server with its output in a file, and returns its process id once it is ready.
 * @throws TwinError `TWIN_CLUSTER_SERVER` with the end of its output when it ends before, or is not ready in time
 */
export async function startProcess(recipe: ServerRecipe, signal?: AbortSignal): Promise<number> {
  signal?.throwIfAborted();
  const log = openSync(recipe.logFile, 'a', 0o600);
  const [program, ...args] = recipe.command;
  const child = spawn(program, args, { cwd: recipe.cwd, stdio: ['ignore', log, log], detached: recipe.detached });
  closeSync(log);
  let ended = '';
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, by) => {
    ended = by ? `ended by ${by}` : `ended with code ${code}`;
  });
  try {
    await until(
      `${recipe.name}`,
      async () => {
        if (ended) return true;
        return recipe.ready();
      },
      { patienceMs: recipe.patienceMs, signal },
    );
    if (ended) throw new TwinError('TWIN_CLUSTER_SERVER', `${recipe.name} ${ended}.\n${endOf(recipe.logFile)}`);
  } catch (error) {
    if (child.pid !== undefined) await stopProcess(child.pid);
    if (signal?.aborted || (error instanceof TwinError && error.code === 'TWIN_CLUSTER_SERVER')) throw error;
    throw new TwinError('TWIN_CLUSTER_SERVER', `${recipe.name} did not become ready.\n${endOf(recipe.logFile)}`, {
      next: `Read ${recipe.logFile}.`,
      cause: error,
    });
  }
  child.unref();
  return child.pid as number;
}

/** Asks a process to end, kills it after `patienceMs`, and returns when it is gone. It need not be a child. */
export async function stopProcess(pid: number, patienceMs = 15_000): Promise<void> {
  if (!signalProcess(pid, 'SIGTERM')) return;
  try {
    await until(`The end of process ${pid}`, () => !alive(pid), { patienceMs });
  } catch {
    signalProcess(pid, 'SIGKILL');
    await until(`The end of process ${pid}`, () => !alive(pid), { patienceMs: 5_000 });
  }
}

/** Sends a signal; false when the process is gone. */
export function signalProcess(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Whether a process runs; one that has ended and was not yet fetched by its parent does not. */
export function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function endOf(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n');
}
