import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { OutputWindow, printable } from '../output-window.js';
import { hintsFor } from './hints.js';

export type Play = {
  program: string;
  /** Where playbooks and `ansible.cfg` are. */
  folder: string;
  inventory: string;
  playbook: string;
  vars: Record<string, unknown>;
  tags: readonly string[];
  limit: readonly string[];
};

/** How a run ended. `recap`: the line per machine; `failed`: the tasks that failed, with the reason. */
export type PlayResult = {
  code: number | null;
  tasks: number;
  recap: string[];
  failed: string[];
  hints: string[];
  tail: string;
};

/** After SIGINT, Ansible has this long to end its connections. */
const STOP_MS = 5000;

/**
 * Runs ansible-playbook in a process group of its own. An abort sends SIGINT to the group, then SIGKILL; the promise
 * settles when the group's leader is gone. `onTask` gets the name of each task as it begins.
 */
export async function runPlay(play: Play, signal: AbortSignal, onTask: (name: string) => void): Promise<PlayResult> {
  signal.throwIfAborted();
  const scratch = await mkdtemp(join(tmpdir(), 'twin-play-'));
  try {
    // In a file of this user only: an argument can be read by every user of the machine.
    const vars = join(scratch, 'vars.json');
    await writeFile(vars, JSON.stringify(play.vars), { mode: 0o600 });
    return await run(play, vars, signal, onTask);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function run(play: Play, vars: string, signal: AbortSignal, onTask: (name: string) => void): Promise<PlayResult> {
  const args = ['-i', play.inventory, '-e', `@${vars}`];
  if (play.tags.length > 0) args.push('--tags', play.tags.join(','));
  if (play.limit.length > 0) args.push('--limit', play.limit.join(','));
  const child = spawn(play.program, [...args, '--', play.playbook], {
    cwd: play.folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ANSIBLE_NOCOLOR: '1', ANSIBLE_FORCE_COLOR: '0', PYTHONUNBUFFERED: '1' },
  });
  const group = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  let hard: NodeJS.Timeout | undefined;
  const stop = (): void => {
    group('SIGINT');
    hard = setTimeout(() => group('SIGKILL'), STOP_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const seen = {
    tasks: 0,
    recap: [] as string[],
    failed: [] as string[],
    hints: new Set<string>(),
    window: new OutputWindow(),
  };
  try {
    const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => read(line.slice(0, 4000), seen, onTask));
    const code = await exit;
    signal.throwIfAborted();
    const { window, hints, ...rest } = seen;
    return { code, ...rest, hints: [...hints], tail: window.text() };
  } finally {
    clearTimeout(hard);
    signal.removeEventListener('abort', stop);
    // What it started in the background would outlive it.
    group('SIGKILL');
  }
}

type Seen = { tasks: number; recap: string[]; failed: string[]; hints: Set<string>; window: OutputWindow };

function read(line: string, seen: Seen, onTask: (name: string) => void): void {
  seen.window.add(`${line}\n`);
  const plain = printable(line);
  for (const hint of hintsFor(plain)) seen.hints.add(hint);
  const task = /^(?:TASK|RUNNING HANDLER) \[(.*)\] \**$/.exec(plain)?.[1];
  if (task !== undefined) {
    seen.tasks += 1;
    onTask(task);
  }
  if (/^\S+\s+: ok=\d+/.test(plain)) seen.recap.push(plain.replace(/\s+/g, ' '));
  const failure = /^(?:fatal|failed): \[([^\]]+)\]/.exec(plain);
  if (failure !== null && seen.failed.length < 5) {
    const why = /"msg": "((?:[^"\\]|\\.)*)"/.exec(plain)?.[1] ?? '';
    seen.failed.push(`${failure[1]}: ${why.slice(0, 200)}`);
  }
}
