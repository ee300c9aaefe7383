import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { TwinError } from '../errors.js';
import type { Instance } from './expert.js';
import { EXPERT_NAME } from './service-table.js';

const entry = z.strictObject({
  name: z.string().regex(EXPERT_NAME, 'use small letters, digits and hyphens'),
  dialect: z.enum(['openai', 'ollama', 'anthropic', 'llama']).default('openai'),
  url: z.url({ protocol: /^https?$/ }),
  model: z.string().default(''),
  /** Name of the environment variable with the key, so that no key stands in the file. */
  key_env: z.string().default(''),
  context: z.number().int().min(0).default(0),
  /** Its model understands pictures. */
  vision: z.boolean().default(false),
});
const list = z.array(entry);

/** What of the environment names experts outside of the cluster. */
export type ExternalSettings = { EXPERTS: string; OLLAMA_BASE_URL?: string | undefined; OLLAMA_MODEL: string };

/**
 * Experts that settings name. `EXPERTS` is a list as JSON or YAML, or the path of a file with one:
 * `[{name, dialect: openai|ollama|anthropic|llama, url, model?, key_env?, context?, vision?}]`. `OLLAMA_BASE_URL` and
 * `OLLAMA_MODEL` add an expert `ollama`.
 * @throws TwinError `TWIN_EXPERTS` that lists every problem at once.
 */
export function externalExperts(settings: ExternalSettings, env: NodeJS.ProcessEnv): Instance[] {
  const named = settings.EXPERTS.trim() === '' ? [] : read(settings.EXPERTS.trim());
  const { OLLAMA_BASE_URL: url, OLLAMA_MODEL: model } = settings;
  const all = [
    ...named.map((one) => ({ ...one, setting: 'EXPERTS' })),
    ...(url === undefined
      ? []
      : [
          {
            name: 'ollama',
            dialect: 'ollama' as const,
            url,
            model,
            key_env: '',
            context: 0,
            vision: false,
            setting: 'OLLAMA_BASE_URL',
          },
        ]),
  ];
  return all.map((one, i) => ({
    id: `external-${i + 1}-${one.name}`,
    expert: one.name,
    endpoint: {
      dialect: one.dialect,
      baseUrl: one.url.replace(/\/+$/, ''),
      apiKey: one.key_env === '' ? '' : (env[one.key_env] ?? ''),
      model: one.model,
      template: 'chat' as const,
      settings: { address: one.setting, key: one.key_env || `key_env in ${one.setting}` },
    },
    node: new URL(one.url).host,
    model: one.model,
    context: one.context,
    healthy: true,
    degraded: false,
    external: true,
    vision: one.vision,
  }));
}

function read(given: string): z.infer<typeof list> {
  const inline = /^[[{-]/.test(given);
  const next = inline ? 'Correct EXPERTS and start again.' : `Correct ${given} and start again.`;
  let raw: unknown;
  try {
    raw = parse(inline ? given : readFileSync(given, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TwinError('TWIN_EXPERTS', `The list of experts cannot be read: ${why}`, { next, cause });
  }
  const result = list.safeParse(raw ?? []);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the list'}: ${message}`);
  throw new TwinError(
    'TWIN_EXPERTS',
    `The list of experts has ${problems.length} problem(s):\n${problems.join('\n')}`,
    {
      next,
    },
  );
}
