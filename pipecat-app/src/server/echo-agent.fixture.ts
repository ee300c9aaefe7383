import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type AgentSetup, type SessionRequest } from '../agent.js';
import { type Config, readConfig } from '../config.js';
import type { MindEvent } from '../mind/mind.js';
import { createLog } from '../observe/log.js';
import { createMetrics } from '../observe/metrics.js';
import type { Session } from '../voice/session.types.js';
import { Keys } from './access/keys.js';
import { SignIns } from './access/sign-in.js';
import type { Role, TurnRecord } from './protocol.js';
import { createServer, type Server } from './server.js';

/** An agent for tests of the doors: its sessions send back what they get, sound as sound and text in capitals. */
export type EchoAgent = {
  agent: Agent;
  server: Server;
  url: string;
  /** An API key of each role. */
  keys: Record<Role, string>;
  /** The header with which a program shows the key of this role. */
  as(role: Role): { authorization: string };
  /** What sessions were asked to do, oldest first. */
  calls: string[];
  store: Keys;
  close(): Promise<void>;
};

export function echoSession({ id, out, audible, onTurn }: SessionRequest, calls: string[]): Session {
  let turn = 0;
  let offset = 0;
  return {
    id,
    push(samples) {
      if (audible) out.audio(1, offset, samples);
      offset += samples.length;
    },
    async text(text) {
      turn++;
      const answer = text.toUpperCase();
      for (const delta of answer.split(/(?<= )/)) out.event('token', { turn, delta });
      if (text.startsWith('wait'))
        await new Promise<void>((resolve) => calls.push('waiting') && waiters.set(id, resolve));
      out.event('answer', { turn, text: answer, interrupted: false });
      const record = echoRecord(id, turn, text, answer);
      onTurn(record);
      return record;
    },
    stop() {
      calls.push(`stop ${id}`);
      waiters.get(id)?.();
    },
    announce: (text) => void calls.push(`announce ${id} ${text}`),
    played: (...args) => void calls.push(`played ${args.join(' ')}`),
    mic: (open) => void calls.push(`mic ${open}`),
    meter: (on) => void calls.push(`meter ${on}`),
    set: (change) => void calls.push(`set ${JSON.stringify(change)}`),
    async close() {
      waiters.get(id)?.();
      calls.push(`close ${id}`);
    },
  };
}

const waiters = new Map<string, () => void>();

const echoRecord = (session: string, turn: number, transcript: string, answer: string): TurnRecord => ({
  type: 'turn',
  session,
  turn,
  kind: 'text',
  ts: '2025-01-01T00:00:00.000Z',
  transcript,
  answer,
  interrupted: false,
  source: 'reflex',
  actions: [],
  ms: { endpoint: 0, stt: 0, mind: 1, tts: 0, playout: 0, voice_to_voice: 0 },
});

const ok = { ok: true, detail: 'ready' };
const close = async (): Promise<void> => undefined;

export async function openEchoAgent(
  env: Record<string, string> = {},
  setup: Partial<AgentSetup> = {},
): Promise<EchoAgent> {
  const home = mkdtempSync(join(tmpdir(), 'twin-'));
  const config: Config = readConfig({ TWIN_HOME: home, TWIN_PORT: '0', TWIN_LOG_LEVEL: 'silent', ...env });
  const calls: string[] = [];
  const agent = new Agent({
    config,
    version: '0.0.0',
    engines: {
      vad: {
        name: 'none',
        open: () => ({ push() {}, set() {}, endSegment() {}, close() {} }),
        health: () => ok,
        close,
      },
      stt: {
        name: 'echo-ear',
        start: close,
        transcribe: async (samples) => ({ text: `${samples.length} samples`, ms: 1 }),
        health: () => ok,
        close,
      },
      tts: {
        name: 'echo-mouth',
        voices: () => ['en', 'en+f3'],
        async *speak(text) {
          yield Int16Array.from({ length: text.length * 100 }, (_, i) => i);
        },
        health: () => ok,
        close,
      },
      mind: {
        async *reply(): AsyncIterable<MindEvent> {
          yield { type: 'done', source: 'reflex' };
        },
        isCompleteCommand: () => false,
        commit: (session, user, answer) => void calls.push(`commit ${session} ${user} ${answer}`),
        hints: () => '',
        understands: () => false,
        interrupts: () => false,
        grammar: () => '',
        forget: (session) => void calls.push(`forget ${session}`),
      },
    },
    parts: [{ name: 'ears', core: true, health: () => ok, close }],
    experts: () => [],
    defaults: {
      vad: { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 },
      voice: { name: 'en', rate: 170, volume: 100 },
      audible: true,
    },
    makeSession: (request) => echoSession(request, calls),
    log: createLog(config.TWIN_LOG_LEVEL),
    metrics: createMetrics(),
    turns: { append: () => undefined, close },
    ...setup,
  });
  const store = await Keys.open(home);
  const keys = {} as Record<Role, string>;
  for (const role of ['viewer', 'operator', 'admin'] as const) keys[role] = (await store.create(role, role)).key;
  agent.start();
  const server = await createServer(agent, store, new SignIns());
  return {
    agent,
    server,
    url: server.address(),
    keys,
    as: (role) => ({ authorization: `Bearer ${keys[role]}` }),
    calls,
    store,
    async close() {
      await Promise.all([server.close(), agent.close()]);
      rmSync(home, { recursive: true });
    },
  };
}
