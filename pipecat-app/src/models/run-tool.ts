import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TwinError } from '../errors.js';

const TAIL_CHARS = 2_000;

/**
 * Runs a program to its end; killed when the signal aborts. Its output is kept only for the error; `onText` hears it.
 * @throws TwinError `TWIN_TOOL_FAILED` with the last lines of its output, or saying that the program is not installed.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  next: string,
  { cwd, onText }: { cwd?: string; onText?: (text: string) => void } = {},
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd });
  let tail = '';
  const keep = (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    tail = (tail + text).slice(-TAIL_CHARS);
    onText?.(text);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const kill = () => child.kill('SIGTERM');
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (code === 0) return;
    const said = tail.trim().split('\n').slice(-6).join('\n  ');
    throw new TwinError('TWIN_TOOL_FAILED', `${program} ended with ${code ?? 'a signal'}:\n  ${said}`, { next });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof TwinError) throw cause;
    throw new TwinError('TWIN_TOOL_FAILED', `${program} cannot be started.`, { next, cause });
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
