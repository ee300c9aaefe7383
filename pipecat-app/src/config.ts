import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { VadKnobs } from './ears/vad.js';
import { TwinError } from './errors.js';
import { MINIMUM_SCORE } from './memory/minimum-score.js';

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false', '1', '0', '']).transform((v) => v === 'true' || v === '1');
const fraction = z.coerce.number().min(0.01).max(0.99);
const ms = z.coerce.number().int().min(0).max(30_000);
const url = z.url({ protocol: /^https?$/ });

const share = join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'twin');

/** Every setting of the agent, from the environment. Names without `TWIN_` are those that users already know. */
const schema = z
  .object({
    /** State that belongs to this agent: keys, turns.jsonl. */
    TWIN_HOME: z.string().default(share),
    TWIN_MODELS: z.string().default(join(share, 'models')),
    TWIN_ENGINES: z.string().default(join(share, 'engines')),
    TWIN_PROMPTS: z.string().default(''),
    TWIN_HOST: z.string().default('127.0.0.1'),
    TWIN_PORT: port.default(8000),
    TWIN_TLS_CERT: z.string().default(''),
    TWIN_TLS_KEY: z.string().default(''),
    /** Extra origins, comma separated, whose pages may open a WebSocket. */
    TWIN_ORIGINS: z.string().default(''),
    TWIN_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    AUTH_DISABLED: flag.default(false),
    BENCHMARK_MODE: flag.default(false),
    /** Whether the last lines of the conversation outlive a restart, on disk. */
    TWIN_KEEP_CONVERSATION: flag.default(true),
    /** Long-term facts that join a question at most. */
    MEMORY_TOP_K: z.coerce.number().int().min(0).max(20).default(4),
    /** How near a fact must be to a question to be recalled: inner product of two vectors of length 1. */
    MEMORY_MIN_SCORE: z.coerce.number().min(0).max(1).default(MINIMUM_SCORE),
    /** Whether facts are taken out of what people say; told ones are kept either way. */
    MEMORY_LEARNS: flag.default(true),
    /** Whether turns that the short-term memory lets go are kept as summaries. */
    SUMMARIZER_ENABLED: flag.default(false),
    /** Tools that are not loaded, comma separated. */
    TOOLS_DISABLED: z.string().default(''),
    /** A tool call that nobody approved after so long is denied. */
    APPROVAL_TIMEOUT_S: z.coerce.number().int().min(5).max(3600).default(300),
    /** Ansible inventory in YAML whose machines the agent may reach; the repository's own when empty. */
    TWIN_INVENTORY: z.string().default(''),
    /** Private SSH key of the agent, without a passphrase; `ssh/id_ed25519` of TWIN_HOME when empty. */
    TWIN_SSH_KEY: z.string().default(''),
    /** Chromium for the tool web_browser. */
    CHROMIUM: z.string().default('/usr/bin/chromium'),
    /** Private addresses that the browser may open, comma separated: `192.168.1.4`, `10.0.0.0/24`, `127.0.0.1:8080`, `[fd00::1]:80`. */
    TWIN_BROWSER_PRIVATE: z.string().default(''),
    /** What the tool vision looks at: `v4l2:/dev/video0`, `file:/path/to/picture`, or an http(s) address of a picture. */
    VISION_SOURCE: z.string().trim().default(''),
    /** X11 display that desktop_control sees and moves. */
    DISPLAY: z.string().default(''),
    /** Threads of the embedded language model; 0 leaves one core to the rest. */
    LLM_THREADS: z.coerce.number().int().min(0).max(64).default(0),

    STT_SERVICE: z.enum(['whispercpp', 'openai']).default('whispercpp'),
    STT_BASE_URL: url.optional(),
    STT_API_KEY: z.string().default(''),
    STT_MODEL: z.string().default('whisper-1'),
    /** After so long without an answer the speech engine is replaced; for machines that are slower than a Core 2. */
    STT_TIMEOUT_MS: z.coerce.number().int().min(1000).max(3_600_000).default(60_000),
    TTS_SERVICE: z.enum(['espeak', 'openai']).default('espeak'),
    TTS_BASE_URL: url.optional(),
    TTS_API_KEY: z.string().default(''),
    TTS_MODEL: z.string().default('tts-1'),
    TTS_VOICE: z.string().default(''),
    LLM_BASE_URL: url.optional(),
    LLM_API_KEY: z.string().default(''),
    LLM_MODEL: z.string().default(''),
    /** Experts outside of the cluster: a list as JSON or YAML, or a file with one. */
    EXPERTS: z.string().default(''),
    OLLAMA_BASE_URL: url.optional(),
    OLLAMA_MODEL: z.string().default(''),
    /** Where Consul is asked for experts; without it there are only those outside of the cluster. */
    CONSUL_HTTP_ADDR: z.string().default(''),
    CONSUL_HTTP_TOKEN: z.string().default(''),
    /** Where Nomad is asked about the cluster and told to change it; without it there is no cluster. */
    NOMAD_ADDR: z.string().default(''),
    /** Values of this cluster for the variables of the job files, as a JSON object. */
    JOB_VARIABLES: z.string().default(''),
    /** Longest wait for an expert that is woken. */
    EXPERT_WAKE_TIMEOUT_S: z.coerce.number().int().min(1).max(3600).default(120),

    /** Programs that the agent runs for somebody, in the sandbox: longest time, memory of all their processes together, … */
    SANDBOX_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(20_000),
    SANDBOX_MEMORY_MB: z.coerce.number().int().min(64).max(65_536).default(512),
    /** … processes at one time, output, and disk for each conversation. */
    SANDBOX_PROCESSES: z.coerce.number().int().min(8).max(4096).default(64),
    SANDBOX_OUTPUT_KB: z.coerce.number().int().min(1).max(16_384).default(256),
    SANDBOX_DISK_MB: z.coerce.number().int().min(1).max(65_536).default(64),
    /** Terminals open at one time. */
    SANDBOX_TERMINALS: z.coerce.number().int().min(0).max(64).default(4),
    /** Documents that `rag.search` searches: folders and files of the project, comma separated. */
    RAG_DIRS: z.string().default('docs,README.md,CONTRIBUTING.md,SECURITY.md'),
    /** Home Assistant and a long-lived access token of it. */
    HA_URL: url.optional(),
    HA_TOKEN: z.string().default(''),
    /** An Anthropic-style endpoint for `claude_clone`; without it the program `claude` is asked. */
    ANTHROPIC_BASE_URL: url.optional(),
    ANTHROPIC_API_KEY: z.string().default(''),
    ANTHROPIC_MODEL: z.string().default('claude-sonnet-4-5'),

    VAD_THRESHOLD: fraction.default(0.5),
    VAD_NEG_THRESHOLD: fraction.default(0.35),
    VAD_MIN_SPEECH_MS: ms.default(120),
    VAD_REDEMPTION_MS: ms.default(700),
    VAD_PREROLL_MS: ms.default(300),
  })
  .refine((c) => c.VAD_NEG_THRESHOLD <= c.VAD_THRESHOLD, {
    path: ['VAD_NEG_THRESHOLD'],
    message: 'must not be above VAD_THRESHOLD',
  })
  .refine((c) => (c.TWIN_TLS_CERT === '') === (c.TWIN_TLS_KEY === ''), {
    path: ['TWIN_TLS_KEY'],
    message: 'TWIN_TLS_CERT and TWIN_TLS_KEY go together',
  });

export type Config = z.infer<typeof schema>;

/**
 * Reads and checks the whole configuration.
 * @throws TwinError `TWIN_CONFIG` that lists every problem at once.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new TwinError('TWIN_CONFIG', `The configuration has ${problems.length} problem(s):\n${problems.join('\n')}`, {
    next: 'Correct these environment variables and start again.',
  });
}

/** What the `VAD_…` variables ask of the speech detector. */
export function vadKnobs(config: Config): VadKnobs {
  return {
    threshold: config.VAD_THRESHOLD,
    negThreshold: config.VAD_NEG_THRESHOLD,
    minSpeechMs: config.VAD_MIN_SPEECH_MS,
    redemptionMs: config.VAD_REDEMPTION_MS,
    prerollMs: config.VAD_PREROLL_MS,
  };
}
