/**
 * The real server, session and speech detector with scripted engines, in a process of its own, so that only the
 * framework's own cost shows. Prints one JSON line `{address, key}` when it listens; ends on SIGTERM.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '@twin/pipecat-app/agent.js';
import { readConfig, vadKnobs } from '@twin/pipecat-app/config.js';
import { SileroVad } from '@twin/pipecat-app/ears/silero.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { createMetrics } from '@twin/pipecat-app/observe/metrics.js';
import { turnLog } from '@twin/pipecat-app/observe/turns.js';
import { Keys } from '@twin/pipecat-app/server/access/keys.js';
import { createServer } from '@twin/pipecat-app/server/server.js';
import { VoiceSession } from '@twin/pipecat-app/voice/session.js';
import type { Clock } from '@twin/pipecat-app/voice/session.types.js';
import { InstantTts } from '../fakes/instant-tts.js';
import { FORTY_WORDS, ScriptedMind } from '../fakes/scripted-mind.js';
import { ScriptedStt } from '../fakes/scripted-stt.js';

const clock: Clock = {
  now: () => performance.now() * 16,
  after(samples, run, signal) {
    const timer = setTimeout(run, samples / 16);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  },
};

const home = await mkdtemp(join(tmpdir(), 'twin-bench-'));
const config = readConfig({ TWIN_HOME: home, TWIN_PORT: '0', TWIN_LOG_LEVEL: 'error' });
const engines = {
  vad: new SileroVad(),
  stt: new ScriptedStt({ texts: (seconds) => (seconds < 0.7 ? 'stop' : 'tell me something about the weather') }),
  tts: new InstantTts(),
  mind: new ScriptedMind({ answer: ({ text }) => (text === 'stop' ? '' : FORTY_WORDS) }),
};
const log = createLog(config.TWIN_LOG_LEVEL);
const defaults = {
  vad: vadKnobs(config),
  voice: { name: 'tone', rate: 400, volume: 100 },
  audible: true,
};
const agent = new Agent({
  config,
  version: 'bench',
  engines,
  parts: [],
  experts: () => [],
  defaults,
  makeSession: ({ audible, ...request }) =>
    new VoiceSession({ ...request, engines, defaults: { ...defaults, audible }, clock }),
  log,
  metrics: createMetrics(),
  turns: turnLog(join(home, 'turns.jsonl'), (error) => log.error(error)),
});
const keys = await Keys.open(home);
agent.start();
const server = await createServer(agent, keys);
const key = (await readFile(join(home, 'admin.key'), 'utf8')).trim();
process.stdout.write(`${JSON.stringify({ address: server.address().replace('localhost', '127.0.0.1'), key })}\n`);

process.once('SIGTERM', () => {
  void (async () => {
    await server.close();
    await agent.close();
    await engines.vad.close();
    await rm(home, { recursive: true, force: true });
  })();
});
