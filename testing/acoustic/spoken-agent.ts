import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '@twin/pipecat-app/agent.js';
import { approvalParts } from '@twin/pipecat-app/approval-parts.js';
import { readConfig, vadKnobs } from '@twin/pipecat-app/config.js';
import { SileroVad } from '@twin/pipecat-app/ears/silero.js';
import { llmThat } from '@twin/pipecat-app/experts/broken-llm.fixture.js';
import { TwinService } from '@twin/pipecat-app/mind/twin-service.js';
import { ESPEAK_DEFAULT_VOICE, Espeak } from '@twin/pipecat-app/mouth/espeak.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { createMetrics } from '@twin/pipecat-app/observe/metrics.js';
import { turnLog } from '@twin/pipecat-app/observe/turns.js';
import { Keys } from '@twin/pipecat-app/server/access/keys.js';
import { createServer } from '@twin/pipecat-app/server/server.js';
import { Audience } from '@twin/pipecat-app/tools/announcer.js';
import type { Approvals } from '@twin/pipecat-app/tools/approval/approvals.js';
import { clockTool } from '@twin/pipecat-app/tools/clock.js';
import { helpTool } from '@twin/pipecat-app/tools/help.js';
import { ToolRegistry } from '@twin/pipecat-app/tools/registry.js';
import { speechTool } from '@twin/pipecat-app/tools/speech.js';
import type { Tool } from '@twin/pipecat-app/tools/tool.js';
import { VoiceSession } from '@twin/pipecat-app/voice/session.js';
import { systemClock } from '@twin/pipecat-app/voice/system-clock.js';
import { ROOT } from '../bench/servers.js';
import { localEar } from './ears.js';

export type SpokenAgent = {
  endpoint: string;
  key: string;
  home: string;
  approvals: Approvals;
  /** Says something to whoever joined last. */
  tell(text: string): void;
  close(): Promise<void>;
};

/**
 * The agent in this process, as `main.ts` joins it, with real ears, mouth, gate and server, the commands of
 * `prompts/commands.yaml` and those of `commands` (lines of that file), and `tools` besides the small ones. Its language
 * model says that it has none.
 */
export async function spokenAgent(
  tools: readonly Tool[],
  { commands, env = {} }: { commands: string; env?: Record<string, string> },
): Promise<SpokenAgent> {
  const home = await mkdtemp(join(tmpdir(), 'twin-spoken-'));
  const promptsDir = join(home, 'prompts');
  await cp(join(ROOT, 'prompts'), promptsDir, {
    recursive: true,
    filter: (from) => !/gemini-extension/.test(from),
  });
  await appendFile(join(promptsDir, 'commands.yaml'), commands);
  const config = readConfig({ TWIN_HOME: home, TWIN_PORT: '0', TWIN_LOG_LEVEL: 'error', ...env });
  const ear = await localEar();
  const vad = new SileroVad();
  const tts = new Espeak();
  const audience = new Audience();
  const log = createLog(config.TWIN_LOG_LEVEL);
  const { approvals, audit } = await approvalParts(config, audience, (error) => log.error(error));
  const registry = new ToolRegistry([clockTool(), helpTool(), speechTool(), ...tools], { consent: approvals });
  const llm = llmThat(async function* () {
    yield 'I only know commands.';
  });
  const mind = new TwinService({
    llm,
    registry,
    promptsDir,
    approvals,
    late: (session, words) => audience.tell(session, words),
  });
  const engines = { vad, stt: ear.stt, tts, mind };
  const defaults = {
    vad: vadKnobs(config),
    voice: { name: ESPEAK_DEFAULT_VOICE, rate: 160, volume: 100 },
    audible: true,
  };
  const agent = new Agent({
    config,
    version: 'test',
    engines,
    parts: [],
    experts: () => [],
    defaults,
    tools: registry,
    approvals,
    audit,
    makeSession: ({ audible, ...request }) =>
      new VoiceSession({ ...request, engines, defaults: { ...defaults, audible }, clock: systemClock }),
    attend: (session) => audience.join({ session: session.id, announce: (text) => session.announce(text) }),
    log,
    metrics: createMetrics(),
    turns: turnLog(join(home, 'turns.jsonl'), (error) => log.error(error)),
  });
  const keys = await Keys.open(home);
  agent.start();
  const server = await createServer(agent, keys);
  return {
    endpoint: server.address().replace('localhost', '127.0.0.1'),
    key: (await readFile(join(home, 'admin.key'), 'utf8')).trim(),
    home,
    approvals,
    tell: (text) => audience.tell('', text),
    close: async () => {
      await server.close();
      await agent.close();
      await mind.close();
      await Promise.allSettled(tools.map((tool) => tool.close?.()));
      await Promise.all([vad.close(), tts.close(), ear.close()]);
      await rm(home, { recursive: true, force: true });
    },
  };
}
