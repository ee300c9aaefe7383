import type { ToolResult } from '../tool.js';
import type { Ran } from './sandbox.js';

const MOST_LINES = 8;

/** What a program printed and how it ended, in words. `why` finds the reason in what it wrote to standard error. */
export function outcome(ran: Ran, why: (stderr: string) => string = lastLines): ToolResult {
  const printed = ran.stdout.trim();
  if (ran.ending === 'exit' && ran.code === 0) {
    const all = [printed, ran.stderr.trim()].filter(Boolean).join('\n');
    return { ok: true, output: all || 'It ran and printed nothing.' };
  }
  const [error, words] = reason(ran, why);
  return { ok: false, output: [words, printed && `It had printed: ${printed}`].filter(Boolean).join('\n'), error };
}

function reason(ran: Ran, why: (stderr: string) => string): [code: string, words: string] {
  switch (ran.ending) {
    case 'time':
      return ['TWIN_SANDBOX_TIME', 'It took too long and was stopped.'];
    case 'memory':
      return ['TWIN_SANDBOX_MEMORY', 'It used too much memory and was stopped.'];
    case 'output':
      return ['TWIN_SANDBOX_OUTPUT', 'It printed too much and was stopped.'];
    case 'disk':
      return ['TWIN_SANDBOX_DISK', 'It wrote too much to its work folder and was stopped.'];
    case 'stopped':
      return ['TWIN_SANDBOX_STOPPED', 'It was stopped.'];
    case 'exit': {
      const said = why(ran.stderr);
      const how = ran.code === null ? 'It was ended by a signal' : `It ended with code ${ran.code}`;
      return ['TWIN_SANDBOX_EXIT', said === '' ? `${how}.` : `${how}: ${said}`];
    }
  }
}

const lastLines = (stderr: string): string => stderr.trim().split('\n').slice(-MOST_LINES).join('\n');
