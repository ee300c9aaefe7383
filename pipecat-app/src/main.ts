/** Starts the agent: the only place where its parts are made and joined. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent } from './agent.js';
import { approvalParts } from './approval-parts.js';
import { BootBoard } from './cluster/boot-board.js';
import { PowerBoard } from './cluster/power-board.js';
import { clusterParts } from './cluster-parts.js';
import { type Config, readConfig, vadKnobs } from './config.js';
import { Conversation } from './conversation.js';
import { LateStt } from './ears/late-stt.js';
import { SileroVad } from './ears/silero.js';
import type { Stt } from './ears/stt.js';
import { warmUp } from './ears/warm-up.js';
import { TwinError } from './errors.js';
import { expertParts } from './expert-parts.js';
import { monotonicClock } from './experts/clock.js';
import { LateLlm } from './experts/late-llm.js';
import type { Llm } from './experts/llm.js';
import { inWords, RESTART_CODE, untilSignal } from './lifetime.js';
import { meaningParts } from './meaning-parts.js';
import { memoryParts } from './memory-parts.js';
import { agentRuns } from './mind/agent-runs.js';
import { TwinService } from './mind/twin-service.js';
import { loadCatalogue } from './models/catalogue.js';
import { ModelStore } from './models/store.js';
import { ESPEAK_DEFAULT_VOICE, Espeak } from './mouth/espeak.js';
import { OpenAiTts } from './mouth/openai-tts.js';
import type { Tts } from './mouth/tts.js';
import { createLog, type Log } from './observe/log.js';
import { createMetrics } from './observe/metrics.js';
import { turnLog } from './observe/turns.js';
import { promptParts } from './prompt-parts.js';
import { Keys } from './server/access/keys.js';
import { isLoopback } from './server/access/origin.js';
import { SignIns } from './server/access/sign-in.js';
import { createServer, type Server } from './server/server.js';
import { toolParts } from './tool-parts.js';
import { Audience } from './tools/announcer.js';
import type { Approvals } from './tools/approval/approvals.js';
import type { AuditLog } from './tools/approval/audit-log.js';
import { TimerStore } from './tools/timer-store.js';
import { Timers, systemClock as wallClock } from './tools/timers.js';
import { VoiceSession } from './voice/session.js';
import type { SessionDefaults } from './voice/session.types.js';
import { systemClock } from './voice/system-clock.js';

const WORDS_PER_MINUTE = 160;

/** `file` of the repository, seen from `src` and from `dist`. */
const ours = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

function makeStt(config: Config, store: ModelStore, log: Log): Stt {
  if (config.STT_SERVICE === 'openai') {
    const options = { baseUrl: needed(config, 'STT_BASE_URL'), apiKey: config.STT_API_KEY, model: config.STT_MODEL };
    return new LateStt('openai', async () => new (await import('./ears/openai-stt.js')).OpenAiStt(options));
  }
  return new LateStt('whispercpp', async (signal) => {
    const [{ WhisperCpp }, { whisperProgram }] = await Promise.all([
      import('./ears/whisper-cpp.js'),
      import('./models/whisper-source.js'),
    ]);
    const binary = whisperProgram(config.TWIN_ENGINES, 'whisper-server');
    const { path, passedOver } = await store.firstUsable('stt', signal);
    for (const error of passedOver) log.warn(inWords(error));
    return new WhisperCpp({ binary, model: path }, config.STT_TIMEOUT_MS);
  });
}

function makeTts(config: Config): Tts {
  if (config.TTS_SERVICE === 'espeak') return new Espeak();
  const { TTS_API_KEY: apiKey, TTS_MODEL: model, TTS_VOICE: voice } = config;
  return new OpenAiTts({ baseUrl: needed(config, 'TTS_BASE_URL'), apiKey, model, voice });
}

function makeLlm(config: Config, store: ModelStore, log: Log): Llm {
  return new LateLlm(async (signal) => {
    if (config.LLM_BASE_URL !== undefined) {
      const { OpenAiLlm } = await import('./experts/openai-llm.js');
      return new OpenAiLlm({ baseUrl: config.LLM_BASE_URL, apiKey: config.LLM_API_KEY, model: config.LLM_MODEL });
    }
    const { EmbeddedLlm } = await import('./experts/embedded.js');
    const { model, path, passedOver } = await store.firstUsable('llm', signal);
    for (const error of passedOver) log.warn(inWords(error));
    const threads = config.LLM_THREADS === 0 ? {} : { threads: config.LLM_THREADS };
    return new EmbeddedLlm({ name: model.name, modelPath: path, template: model.prompt ?? 'chat', ...threads });
  });
}

function needed(config: Config, name: 'STT_BASE_URL' | 'TTS_BASE_URL'): string {
  const value = config[name];
  if (value !== undefined) return value;
  const service = name.replace('BASE_URL', 'SERVICE');
  throw new TwinError('TWIN_CONFIG', `${service}=openai needs ${name}.`, {
    next: `Set ${name}, for example http://host:8080/v1.`,
  });
}

type Kept = { conversation: Conversation; audience: Audience; approvals: Approvals; audit: AuditLog };

function compose(config: Config, version: string, log: Log, kept: Kept, end: (code: number) => void): Agent {
  const { conversation, audience, approvals, audit } = kept;
  const partLogs = new Map<string, Log>();
  const logOf = (part: string): Log => {
    const its = log.child({ part });
    partLogs.set(part, its);
    return its;
  };
  const store = new ModelStore(config.TWIN_MODELS, loadCatalogue(undefined, config.TWIN_MODELS));
  const vad = new SileroVad();
  const stt = makeStt(config, store, logOf('stt'));
  const tts = makeTts(config);
  const promptsDir = config.TWIN_PROMPTS || ours('prompts');
  const base = makeLlm(config, store, logOf('llm'));
  const experts = expertParts(config, promptsDir, base, logOf('experts'));
  const { llm } = experts;
  const { cluster, nomad, parts: clusterPart } = clusterParts(config, ours('jobs'), experts, logOf('cluster'));
  const timers = new Timers({
    store: new TimerStore(join(config.TWIN_HOME, 'timers.json')),
    clock: wallClock,
    announcer: audience,
    onError: (error) => log.error({ err: error }, 'timers'),
  });
  const report = () => Object.entries(agent.health().parts).map(([name, { ok, detail }]) => ({ name, ok, detail }));
  const remembered = memoryParts(config, store, logOf('memory'));
  const restart = {
    supervised: Boolean(process.env.NOMAD_ALLOC_ID ?? process.env.INVOCATION_ID),
    // The answer is given first: draining waits until nobody speaks.
    end: () => setImmediate(() => end(RESTART_CODE)),
  };
  const settings = {
    vad: () => defaults.vad,
    setVad: (vad: SessionDefaults['vad']) => {
      defaults.vad = vad;
    },
    setLogLevel: (level: string) => {
      for (const one of [log, ...partLogs.values()]) one.level = level;
    },
  };
  const boot = new BootBoard({ kv: experts.power?.kv, clock: monotonicClock, now: Date.now });
  const tools = toolParts(config, {
    consent: approvals,
    timers,
    report,
    inner: {
      root: ours('.'),
      control: { startedAt: Date.now(), version, report, settings, restart, facts: remembered.facts },
      llm,
      power: experts.power,
      boot,
      nomad,
      turns: (session) => mind.turns(session),
      embedder: remembered.embedder,
      runAgent: agentRuns({ llm, registry: () => tools.registry }),
      onProblem: (problem) => log.warn(inWords(problem)),
    },
  });
  const mind = new TwinService({
    llm,
    gateway: llm,
    registry: tools.registry,
    promptsDir,
    approvals,
    log: logOf('mind'),
    memory: remembered.memory,
    late: (session, words) => audience.tell(session, words),
    ...meaningParts(remembered.embedder, tools.registry, { promptsDir, home: config.TWIN_HOME, log: logOf('mind') }),
    ...(remembered.summaries && { evicted: remembered.summaries }),
  });
  const engines = { vad, stt, tts, mind };
  const defaults: SessionDefaults = {
    vad: vadKnobs(config),
    voice: {
      name: config.TTS_VOICE || (config.TTS_SERVICE === 'espeak' ? ESPEAK_DEFAULT_VOICE : ''),
      rate: WORDS_PER_MINUTE,
      volume: 100,
    },
    audible: true,
  };
  const startLlm = async (signal: AbortSignal): Promise<void> => {
    await llm.start(signal);
    await mind.prepare(signal);
  };
  const agent: Agent = new Agent({
    config,
    version,
    engines,
    parts: [
      {
        name: 'vad',
        core: true,
        start: (signal) => warmUp(vad, defaults.vad, signal),
        health: () => vad.health(),
        close: () => vad.close(),
      },
      {
        name: 'stt',
        core: true,
        start: (signal) => stt.start(signal),
        health: () => stt.health(),
        close: () => stt.close(),
      },
      { name: 'tts', core: true, health: () => tts.health(), close: () => tts.close() },
      { name: 'llm', core: false, start: startLlm, health: () => llm.health(), close: () => llm.close() },
      experts.part,
      ...clusterPart,
      ...remembered.parts,
      {
        name: 'timers',
        core: false,
        start: async () => timers.start(),
        health: () => ({ ok: true, detail: `${timers.list().length} running` }),
        close: async () => timers.close(),
      },
      tools.part(() => mind.close()),
    ],
    experts: experts.experts,
    consul: experts.consul,
    cluster,
    power: new PowerBoard({
      kv: experts.power?.kv,
      experts: () => cluster.experts(),
      clock: monotonicClock,
      now: Date.now,
    }),
    boot,
    memory: remembered.memory,
    prompts: promptParts(config, promptsDir, llm),
    learn: remembered.learn,
    tools: tools.registry,
    mcpServers: tools.mcpServers,
    gateway: llm,
    defaults,
    makeSession: ({ audible, ...request }) =>
      new VoiceSession({ ...request, engines, defaults: { ...defaults, audible }, clock: systemClock }),
    attend: (session) => audience.join({ session: session.id, announce: (text) => session.announce(text) }),
    log,
    conversation,
    approvals,
    audit,
    metrics: createMetrics(),
    turns: turnLog(join(config.TWIN_HOME, 'turns.jsonl'), (error) =>
      log.error({ err: error }, 'turns.jsonl cannot be written'),
    ),
  });
  return agent;
}

function greet(config: Config, server: Server): void {
  const lines = [
    `Twin listens at ${server.address()}`,
    ...(config.AUTH_DISABLED
      ? ['SIGN-IN IS OFF (AUTH_DISABLED): everybody who can reach this address may use it.']
      : [`Sign in once within 10 minutes: ${server.signInLink()}`, 'More links: twin signin']),
    ...(isLoopback(config.TWIN_HOST) || config.TWIN_TLS_CERT !== ''
      ? []
      : ['Without TLS, browsers on other machines do not give the microphone to this page.']),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.TWIN_LOG_LEVEL);
  const { version } = JSON.parse(readFileSync(ours('pipecat-app/package.json'), 'utf8')) as { version: string };
  const keys = await Keys.open(config.TWIN_HOME);
  const onProblem = (problem: TwinError): void => log.warn(inWords(problem));
  const conversation = await Conversation.open(config.TWIN_HOME, config.TWIN_KEEP_CONVERSATION, onProblem);
  // Where nobody has to sign in, sessions must not be made that are valid once somebody has to.
  const signIns = config.AUTH_DISABLED ? new SignIns() : await SignIns.open(config.TWIN_HOME, onProblem);
  const audience = new Audience();
  const consent = await approvalParts(config, audience, (error) => log.error({ err: error }, 'consent'));
  let stopWith = (code: number): void => process.exit(code);
  const agent = compose(config, version, log, { conversation, audience, ...consent }, (code) => stopWith(code));
  const server = await createServer(agent, keys, signIns);
  stopWith = untilSignal(async () => {
    await agent.drain();
    await server.close();
    await agent.close();
  }, log);
  agent.start();
  greet(config, server);
}

main().catch((error: unknown) => {
  process.stderr.write(`${inWords(error)}\n`);
  process.exit(error instanceof TwinError ? 2 : 1);
});
