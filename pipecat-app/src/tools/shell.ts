import { z } from 'zod';
import { outcome } from './sandbox/outcome.js';
import type { Sandbox } from './sandbox/sandbox.js';
import type { WorkFolders } from './sandbox/work-folders.js';
import type { Tool, ToolResult } from './tool.js';

const runArgs = z.strictObject({ command: z.string().min(1).max(4000) });
type Run = z.infer<typeof runArgs>;

const SLACK_MS = 10_000;

/** Shell commands in the sandbox, in a folder that belongs to the conversation and stays. */
export const shellTool = (sandbox: Sandbox, work: WorkFolders): Tool => ({
  name: 'shell',
  description: 'Runs shell commands in a folder of its own, with no network and no other files of this machine.',
  unavailable: () => sandbox.unavailable(),
  methods: {
    run: {
      description: 'Runs one command in bash. Files in the current folder are kept for the next command.',
      args: runArgs,
      sample: { say: 'Run ls in the shell.', args: { command: 'ls' } },
      risk: 'sensitive',
      timeoutMs: sandbox.limits.wallMs + SLACK_MS,
      examples: [
        'run {command:ls} in the shell',
        'list the files in your work folder{command=ls}',
        'run the command {command:uname}',
        'use the shell to run {command:free}',
        'execute {command:pwd} in bash',
        'execute the shell command {command:id}',
        'use bash to run {command:free}',
        'run {command:pwd} in bash',
        'run {command:id} in a shell',
        'execute the command {command:pwd}',
      ],
      effect: ({ command }: Run) =>
        `Runs ${JSON.stringify(command)} in the sandbox, in this conversation's work folder.`,
      run: async ({ command }: Run, { controls, signal }): Promise<ToolResult> =>
        outcome(
          await sandbox.run(['/bin/bash', '--norc', '--noprofile', '-c', command], {
            signal,
            work: await work.of(controls.session),
          }),
        ),
    },
  },
});
