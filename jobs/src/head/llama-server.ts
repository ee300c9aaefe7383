import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** While an expert wakes somebody waits for it. */
const HEALTH_EVERY_MS = 25;
const STOP_PATIENCE_MS = 10_000;
const REAPER = '/usr/bin/setpriv';

/** A `llama-server` that answers. */
export type LlamaServer = {
  /** Resolves when it ends, with how. */
  ended: Promise<string>;
  /** Asks it to end, kills it after ten seconds, and returns when it is gone. */
  stop(): Promise<void>;
};

/** How a program is started so that it dies with this one, even when this one is killed. */
export function bound(program: string, args: readonly string[]): [string, string[]] {
  try {
    accessSync(REAPER, constants.X_OK);
    return [REAPER, ['--pdeathsig', 'KILL', '--', program, ...args]];
  } catch {
    return [program, [...args]];
  }
}

/**
 * Starts `llama-server` and waits until it has loaded the model and given one token.
 * `proven`: whether this very model has served here before, and the server is ready as soon as it has loaded it; what it holds
 * is then proved by its slots.
 * @returns the server, or in one sentence why this model does not serve
 */
export async function startLlama(
  {
    program,
    args,
    base,
    startTimeoutS,
    proven = Promise.resolve(false),
  }: { program: string; args: readonly string[]; base: string; startTimeoutS: number; proven?: Promise<boolean> },
  signal: AbortSignal,
): Promise<LlamaServer | string> {
  const child = spawn(...bound(program, args), {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Threads of the engine wait asleep: a node has two cores, and other work.
    env: { ...process.env, OMP_WAIT_POLICY: process.env.OMP_WAIT_POLICY ?? 'passive' },
  });
  const ended = endOf(child);
  const over = new AbortController();
  const stopWaiting = AbortSignal.any([signal, over.signal, AbortSignal.timeout(startTimeoutS * 1000)]);
  let keep = false;
  try {
    const outcome = await Promise.race([
      ended.then((how) => `llama-server ${how} before it served`),
      firstToken(base, proven, stopWaiting),
    ]);
    signal.throwIfAborted();
    if (typeof outcome === 'string') return outcome;
    keep = true;
    return { ended, stop: () => stop(child) };
  } finally {
    over.abort();
    if (!keep) await stop(child);
  }
}

/** Undefined when the server has answered with a token, or needs not; else why it has not. */
async function firstToken(base: string, proven: Promise<boolean>, signal: AbortSignal): Promise<string | undefined> {
  try {
    while (!(await healthy(base, signal))) await pause(HEALTH_EVERY_MS, undefined, { signal });
    if (await proven) return undefined;
    const answer = await fetch(`${base}/completion`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Hello', n_predict: 1, cache_prompt: false }),
      signal,
    });
    return answer.ok
      ? undefined
      : `its first token came to nothing (${answer.status}): ${(await answer.text()).trim()}`;
  } catch {
    return 'it did not serve in time';
  }
}

async function healthy(base: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(`${base}/health`, { signal });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
    child.once('exit', (code, by) => resolve(describeEnd(code, by)));
  });
}

/** A server that was killed without a word mostly ran out of memory; one that aborted mostly lost a worker. */
export function describeEnd(code: number | null, by: NodeJS.Signals | null): string {
  if (by === 'SIGKILL') return 'was killed (SIGKILL), most likely for want of memory';
  if (by === 'SIGABRT') return 'aborted (SIGABRT), as it does when it loses an RPC worker';
  return by ? `ended by ${by}` : `ended with code ${code}`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await gone;
  clearTimeout(timer);
}
