import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs until it is stopped, and what it says. */
export type Program = {
  lines: { at: number; text: string }[];
  /** The first line from `from` on that matches, past or to come. */
  says(pattern: RegExp, options: { signal: AbortSignal; from?: number }): Promise<{ at: number; text: string }>;
  /** `kill` is a power cut. */
  stop(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
};

export function startProgram([program = '', ...args]: string[]): Program {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  const lines: Program['lines'] = [];
  const waiting = new Set<() => void>();
  let open = true;
  let rest = '';
  const take = (text: string): void => {
    const parts = (rest + text).split(/\r?\n/);
    rest = parts.pop() ?? '';
    for (const line of parts) lines.push({ at: Date.now(), text: line });
    for (const look of waiting) look();
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  child.once('error', (error) => take(`${error}\n`));
  child.once('close', () => {
    open = false;
    for (const look of waiting) look();
  });
  return {
    lines,
    says: (pattern, { signal, from = 0 }) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          waiting.delete(look);
          signal.removeEventListener('abort', gone);
        };
        const last = (): string =>
          lines
            .slice(-15)
            .map(({ text }) => text)
            .join('\n');
        const gone = (): void => {
          end();
          reject(new Error(`nothing like ${pattern} came; last lines:\n${last()}`));
        };
        const look = (): void => {
          const line = lines.find(({ at, text }) => at >= from && pattern.test(text));
          if (line) {
            end();
            resolve(line);
          } else if (!open) gone();
        };
        waiting.add(look);
        signal.addEventListener('abort', gone, { once: true });
        look();
      }),
    async stop(how = 'SIGTERM') {
      if (open) child.kill(how);
      await ended;
    },
  };
}
