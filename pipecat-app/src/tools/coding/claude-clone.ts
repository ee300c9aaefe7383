import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { refused, said } from '../say.js';
import type { Tool } from '../tool.js';
import { cliEnv, onPath, runCli } from './run-cli.js';

export type ClaudeCloneOptions = {
  /** Address of an Anthropic-style endpoint; '' asks the program `claude`. */
  baseUrl: string;
  apiKey: string;
  model: string;
  /** Where the program runs; it may read nothing else. */
  folder: string;
  env?: NodeJS.ProcessEnv;
};

const askArgs = z.strictObject({
  prompt: z.string().trim().min(3).max(16_000),
  system: z.string().trim().max(4000).default(''),
});
const answer = z.looseObject({ content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })) });
const MAX_TOKENS = 2048;
const KEYS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'];

/** Asks an Anthropic-style endpoint, or the program `claude` where there is no endpoint. */
export const claudeCloneTool = (options: ClaudeCloneOptions): Tool => {
  const { baseUrl, folder, env = process.env } = options;
  return {
    name: 'claude_clone',
    description: 'A larger model elsewhere, for code.',
    unavailable: () =>
      baseUrl === '' && onPath('claude', env) === undefined
        ? 'Neither an endpoint nor the program claude is there. Set ANTHROPIC_BASE_URL, or npm install -g @anthropic-ai/claude-code.'
        : undefined,
    methods: {
      ask: {
        description: 'Asks a larger model elsewhere; what is asked leaves this machine.',
        args: askArgs,
        risk: 'sensitive',
        timeoutMs: 300_000,
        examples: [
          'ask claude to {prompt:explain this code}',
          'let claude {prompt:write a function for me}',
          'ask claude {prompt:how a heap works}',
          'have claude {prompt:explain a heap}',
          'claude should {prompt:write a test}',
          'get a second opinion from claude',
        ],
        effect: ({ prompt }: z.infer<typeof askArgs>) =>
          `Sends this to ${baseUrl === '' ? 'the program claude' : new URL(baseUrl).host}: ${prompt}`,
        async run({ prompt, system }: z.infer<typeof askArgs>, { signal }) {
          if (baseUrl !== '') return said(await overHttp(options, prompt, system, signal));
          const input = system === '' ? prompt : `${system}\n\n${prompt}`;
          const program = onPath('claude', env) ?? 'claude';
          const output = await runCli({ program, args: ['-p'], input, cwd: folder, env: cliEnv(env, KEYS) }, signal);
          return output === '' ? refused('TWIN_CLI_SILENT', 'claude gave no answer.') : said(output);
        },
      },
    },
  };
};

async function overHttp(
  { baseUrl, apiKey, model }: ClaudeCloneOptions,
  prompt: string,
  system: string,
  signal: AbortSignal,
): Promise<string> {
  const fail = (what: string, cause?: unknown): TwinError =>
    new TwinError('TWIN_CLAUDE_FAILED', `The endpoint ${what}.`, {
      next: 'Check ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY.',
      cause,
    });
  const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': apiKey },
    body: JSON.stringify({
      model,
      max_tokens: MAX_TOKENS,
      ...(system === '' ? {} : { system }),
      messages: [{ role: 'user', content: prompt }],
    }),
    redirect: 'error',
    signal,
  }).catch((cause: unknown) => {
    throw signal.aborted ? signal.reason : fail('does not answer', cause);
  });
  if (!response.ok) throw fail(`answers ${response.status}`);
  const read = answer.safeParse(await response.json().catch(() => undefined));
  if (!read.success) throw fail('answers with something else than a message');
  return read.data.content
    .map(({ text = '' }) => text)
    .join('')
    .trim();
}
