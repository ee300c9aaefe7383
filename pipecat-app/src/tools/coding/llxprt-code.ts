import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { refused, said } from '../say.js';
import type { Tool } from '../tool.js';
import { cliEnv, onPath, runCli } from './run-cli.js';

const runArgs = z.strictObject({
  prompt: z.string().trim().min(3).max(8000),
  /** Folder below the work area. */
  repo: z.string().trim().max(200).default('.'),
});
const KEYS = ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY', 'LLXPRT_DEFAULT_PROVIDER'];

/**
 * The coding CLI `llxprt`, in a repository of the work area.
 * @param workArea folder that contains every repository it may touch
 */
export const llxprtCodeTool = (workArea: string, env: NodeJS.ProcessEnv = process.env): Tool => ({
  name: 'llxprt_code',
  description: 'The coding program llxprt.',
  unavailable: () =>
    onPath('llxprt', env) === undefined
      ? 'The program llxprt is not installed. Install it from the project llxprt-code, so that it is on PATH.'
      : undefined,
  methods: {
    run: {
      description: 'Lets the coding program work on a repository of the work area.',
      args: runArgs,
      risk: 'sensitive',
      timeoutMs: 600_000,
      examples: [
        'let llxprt {prompt:fix the failing test}',
        'ask the coding program to {prompt:add a readme}',
        'have llxprt {prompt:rename the function}',
        'run llxprt on my repository',
      ],
      effect: ({ prompt, repo }: z.infer<typeof runArgs>) =>
        `Lets the program llxprt change files in ${repo} of the work area, with the order: ${prompt}`,
      async run({ prompt, repo }: z.infer<typeof runArgs>, { signal }) {
        const area = await realpath(workArea).catch(() => undefined);
        const cwd = await realpath(join(workArea, repo)).catch(() => undefined);
        if (area === undefined || cwd === undefined || (cwd !== area && !cwd.startsWith(area + sep)))
          return refused('TWIN_REPO_UNKNOWN', `There is no repository ${repo} in the work area.`);
        const program = onPath('llxprt', env) ?? 'llxprt';
        const output = await runCli({ program, args: [], input: prompt, cwd, env: cliEnv(env, KEYS) }, signal);
        return said(output || 'It is done.');
      },
    },
  },
});
