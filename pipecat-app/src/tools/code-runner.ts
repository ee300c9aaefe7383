import { z } from 'zod';
import { runJavaScript } from './javascript.js';
import { outcome } from './sandbox/outcome.js';
import type { Sandbox } from './sandbox/sandbox.js';
import type { Tool, ToolResult } from './tool.js';

const codeArgs = z.strictObject({ code: z.string().min(1).max(20_000) });
type Code = z.infer<typeof codeArgs>;

/** Beside the sandbox's own limit: making it, and taking it down. */
const SLACK_MS = 10_000;

/** Runs programs that a model wrote: Python in the sandbox, JavaScript in QuickJS. */
export const codeRunnerTool = (sandbox: Sandbox): Tool => ({
  name: 'code_runner',
  description: 'Runs small programs, with no network and no files of this machine.',
  unavailable: () => sandbox.unavailable(),
  methods: {
    run_python: {
      description: 'Runs a Python 3 program and gives what it prints.',
      args: codeArgs,
      sample: { say: 'Add two and three with python.', args: { code: 'print(2 + 3)' } },
      risk: 'sensitive',
      timeoutMs: sandbox.limits.wallMs + SLACK_MS,
      examples: [
        'run a python program that prints the first ten primes',
        'work that out in python',
        'use python to add up the numbers from one to a hundred',
        'write a bit of python and run it',
      ],
      effect: ({ code }: Code) => `Runs a Python program of ${lines(code)} in the sandbox, without network and files.`,
      run: async ({ code }: Code, { signal }): Promise<ToolResult> =>
        outcome(await sandbox.run(['/usr/bin/python3', '-I', '-B', '-'], { input: code, signal }), pythonError),
    },
    run_javascript: {
      description: 'Runs a JavaScript program and gives what it prints and the value of its last expression.',
      args: codeArgs,
      sample: { say: 'Add two and three with javascript.', args: { code: '2 + 3' } },
      risk: 'sensitive',
      timeoutMs: sandbox.limits.wallMs + SLACK_MS,
      examples: [
        'run a javascript program that reverses this text',
        'work that out in javascript',
        'evaluate this javascript',
        'write a bit of javascript and run it',
      ],
      effect: ({ code }: Code) => `Runs a JavaScript program of ${lines(code)} in an engine without network and files.`,
      run: async ({ code }: Code, { signal }): Promise<ToolResult> => {
        const answer = await runJavaScript(code, sandbox.limits, signal);
        const printed = answer.printed.trim();
        if (answer.ok) {
          return {
            ok: true,
            output: [printed, answer.value].filter(Boolean).join('\n') || 'It ran and printed nothing.',
          };
        }
        const words = [answer.error, printed && `It had printed: ${printed}`].filter(Boolean).join('\n');
        return { ok: false, output: words, error: 'TWIN_SANDBOX_EXIT' };
      },
    },
  },
});

const lines = (code: string): string => {
  const count = code.trim().split('\n').length;
  return count === 1 ? 'one line' : `${count} lines`;
};

/** The last line of a traceback, and the line of the program that it came from. */
function pythonError(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const line = [...stderr.matchAll(/File "<stdin>", line (\d+)/g)].at(-1)?.[1];
  return line === undefined ? last : `${last} (line ${line})`;
}
