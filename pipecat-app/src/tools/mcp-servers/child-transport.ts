import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import { LineLimit } from './line-limit.js';

const SETPRIV = '/usr/bin/setpriv';
/** What a program has to end by itself, and again after SIGTERM, in ms. */
const PATIENCE_MS = 2000;
const KEPT_WORDS = 2000;

/**
 * A server as a child process in a process group of its own: it, and whatever it started, ends with this transport, and
 * the kernel kills it when the agent dies. Of the agent's environment it gets what the SDK counts as safe (HOME, PATH and
 * the like), and what its entry names. The SDK's own transport has no group, and parses every line however many come.
 */
export class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #program: { command: string; args: string[]; env: Record<string, string> };
  readonly #cwd: string;
  readonly #lines = new LineLimit();
  #child: ChildProcessWithoutNullStreams | undefined;
  #words = '';
  #closed: Promise<void> | undefined;

  constructor(program: { command: string; args: string[]; env: Record<string, string> }, cwd: string) {
    this.#program = program;
    this.#cwd = cwd;
  }

  /** The last line that the program wrote to standard error, or why it was ended. */
  lastWords(): string {
    return this.#words.trim().split('\n').at(-1)?.trim() ?? '';
  }

  async start(): Promise<void> {
    const { command, args, env } = this.#program;
    const guard = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];
    const [program = command, ...rest] = [...guard, command, ...args];
    const options = { cwd: this.#cwd, env: { ...getDefaultEnvironment(), ...env }, detached: true };
    const child = spawn(program, rest, options);
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-KEPT_WORDS);
    });
    child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    for (const stream of [child.stdin, child.stdout, child.stderr])
      stream.on('error', (error) => this.onerror?.(error));
    child.on('error', (error) => this.onerror?.(error));
    // What it left behind would hold its pipes open.
    child.once('exit', () => signalGroup(child, 'SIGKILL'));
    child.once('close', () => this.onclose?.());
    await once(child, 'spawn');
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) throw new Error('it has ended');
    if (!stdin.write(serializeMessage(message)))
      await once(stdin, 'drain', { signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  /** Lets the program end by itself, asks it, kills it: within 4 s. Then nothing of its group is left. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    child.stdin.end();
    if (!(await ended(child))) {
      signalGroup(child, 'SIGTERM');
      await ended(child);
    }
    signalGroup(child, 'SIGKILL');
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#lines.take(chunk)) {
        // Some programs print a greeting first.
        if (!line.startsWith('{')) continue;
        this.onmessage?.(deserializeMessage(line));
      }
    } catch (error) {
      const why = error instanceof Error ? error : new Error(String(error));
      this.onerror?.(why);
      if (!this.#lines.broken) return;
      this.#words = why.message;
      this.#child?.stdout.destroy();
      void this.close();
    }
  }
}

function signalGroup({ pid }: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nothing is left.
  }
}

/** Whether the program ended in time. */
async function ended(child: ChildProcessWithoutNullStreams): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  const late = AbortSignal.timeout(PATIENCE_MS);
  return once(child, 'exit', { signal: late }).then(
    () => true,
    () => false,
  );
}
