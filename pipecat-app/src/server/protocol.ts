/**
 * Every message that crosses a door of port 8000, as zod schemas. `web/` imports this file and nothing else of the
 * server.
 *
 * Audio on `/ws/audio`: the client sends binary frames of 16 kHz mono s16le (20 ms = 640 bytes are usual, at most
 * 16 kB). The server sends binary chunks: u32 turn, u32 index of the first sample within that turn (both little
 * endian), then s16le. `?mic=` samples and `played` share the client's own sample count.
 */
import { z } from 'zod';

export const AUDIO_HEADER_BYTES = 8;

export const vadKnobs = z.object({
  threshold: z.number().min(0.05).max(0.99),
  negThreshold: z.number().min(0.01).max(0.98),
  minSpeechMs: z.number().int().min(0).max(2000),
  redemptionMs: z.number().int().min(100).max(5000),
  prerollMs: z.number().int().min(0).max(2000),
});

export const voiceSettings = z.object({
  name: z.string().max(64),
  /** Words per minute. */
  rate: z.number().int().min(80).max(400),
  /** Percent. */
  volume: z.number().int().min(0).max(100),
});

/** What a client may send as JSON, on `/ws` and on `/ws/audio`. */
export const clientMessage = z.discriminatedUnion('type', [
  /** A typed message; same path as speech from the mind on. */
  z.object({ type: z.literal('text'), text: z.string().trim().min(1).max(4000) }),
  /** Esc: cancel the reply now. */
  z.object({ type: z.literal('stop') }),
  /**
   * `samples` of turn `turn` have left the loudspeaker; `mic` is the client's microphone sample count at that instant
   * (0 when it has no microphone). Sent about every 100 ms while playing, and when playback stops, holds or ends.
   */
  z.object({
    type: z.literal('played'),
    turn: z.number().int().min(0),
    samples: z.number().int().min(0),
    mic: z.number().int().min(0),
  }),
  z.object({
    type: z.literal('settings'),
    vad: vadKnobs.partial().optional(),
    voice: voiceSettings.partial().optional(),
  }),
  /** Asks for `vad` events, ten a second, for a live meter. */
  z.object({ type: z.literal('meter'), on: z.boolean() }),
  /** The microphone was opened or closed; closing ends the utterance that is under way. */
  z.object({ type: z.literal('mic'), open: z.boolean() }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

export const agentState = z.enum(['idle', 'listening', 'thinking', 'speaking', 'sleeping']);
export type AgentState = z.infer<typeof agentState>;

export const turnMs = z.object({
  /** Last sample of the user's speech → the turn is over. */
  endpoint: z.number(),
  /** Turn over → words are final (0 when the speculative transcript was ready). */
  stt: z.number(),
  /** Words final → first clause of the answer. */
  mind: z.number(),
  /** First clause → its first sample leaves the server. */
  tts: z.number(),
  /** First sample leaves the server → the client plays it. */
  playout: z.number(),
  /** Last sample of the user's speech → first sample of the answer at the client's loudspeaker. */
  voice_to_voice: z.number(),
});

/** One record per turn: sent to clients, written to `turns.jsonl` (there without `transcript`, `answer` and `args`). */
export const turnRecord = z.object({
  type: z.literal('turn'),
  session: z.string(),
  turn: z.number().int(),
  kind: z.enum(['voice', 'text', 'announcement']),
  /** ISO 8601. */
  ts: z.string(),
  transcript: z.string(),
  /** Exactly what was heard (voice) or shown (text). */
  answer: z.string(),
  interrupted: z.boolean(),
  source: z.enum(['reflex', 'model', 'apology', 'none']),
  actions: z.array(z.object({ tool: z.string(), args: z.record(z.string(), z.unknown()), ok: z.boolean() })),
  /** Ids of the remembered facts that the answer was given; left out when there were none. */
  memories: z.array(z.number().int()).optional(),
  ms: turnMs,
});
export type TurnRecord = z.infer<typeof turnRecord>;

export const role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof role>;

/** What a policy says of a tool's method for a role. */
export const rule = z.enum(['allow', 'ask', 'deny']);

/** A call that waits for a person's word, or did. */
export const approvalRequest = z.object({
  id: z.string(),
  session: z.string(),
  /** `tool.method` */
  tool: z.string(),
  /** In plain words; nothing in it is invisible. */
  effect: z.string(),
  /** Exactly what will be executed: JSON with sorted keys, invisible characters as `\uXXXX`. */
  args: z.string(),
  /** SHA-256 in hex of `id`, `tool` and `args`, each on a line. A decision must give it back. */
  digest: z.string(),
  risk: z.enum(['read', 'write', 'sensitive']),
  /** Whether a spoken "yes" is enough. */
  spoken: z.boolean(),
  door: z.enum(['voice', 'text', 'api', 'mcp', 'agent']),
  role,
  /** Who asks. */
  name: z.string(),
  /** ms since 1970: asked, and too late. */
  at: z.number(),
  until: z.number(),
  status: z.enum(['new', 'approved', 'denied', 'expired', 'withdrawn']),
  /** Who decided; empty when nobody did. */
  by: z.string(),
  /** What the approved call gave; null before. */
  outcome: z.object({ ok: z.boolean(), output: z.string() }).nullable(),
});
export type ApprovalRequest = z.infer<typeof approvalRequest>;

/** `POST /api/approvals/:id`; 409 when decided already or the digest is another, 410 when expired. */
export const approvalDecision = z.strictObject({
  decision: z.enum(['approve', 'deny', 'session']),
  digest: z.string().length(64),
});
/** `GET /api/approvals`, newest first. `grants`: methods that are allowed for a whole conversation, by the request's id. */
export const approvalsAnswer = z.object({
  requests: z.array(approvalRequest),
  grants: z.array(z.object({ id: z.string(), session: z.string(), tool: z.string() })),
});

/** One line of `audit.jsonl`. */
export const auditEntry = z.strictObject({
  seq: z.number().int().min(1),
  at: z.string(),
  what: z.enum([
    'allowed',
    'refused',
    'asked',
    'approved',
    'denied',
    'expired',
    'withdrawn',
    'done',
    'failed',
    'revoked',
    'policy',
    'repaired',
  ]),
  details: z.record(z.string(), z.string()),
  prev: z.string(),
  hash: z.string(),
});
export const auditVerdict = z.object({
  ok: z.boolean(),
  entries: z.number().int(),
  /** Of the last entry that is right. */
  hash: z.string(),
  broken: z.object({ line: z.number().int(), why: z.string() }).nullable(),
});

/** What the server sends, inside an envelope `{type, ts, session, data}`; `ts` is ms since 1970. */
export const serverEvents = {
  hello: z.object({
    version: z.string(),
    vad: vadKnobs,
    voice: voiceSettings,
    voices: z.array(z.string()),
    authDisabled: z.boolean(),
  }),
  state: z.object({ state: agentState }),
  'transcript.partial': z.object({ turn: z.number(), text: z.string() }),
  'transcript.final': z.object({ turn: z.number(), text: z.string() }),
  /** The answer as it is generated, ahead of the sound. */
  token: z.object({ turn: z.number(), delta: z.string() }),
  /** `text` is spoken between these samples of the turn's audio: show it in step. */
  caption: z.object({ turn: z.number(), text: z.string(), from: z.number(), to: z.number() }),
  'tool.call': z.object({ turn: z.number(), tool: z.string(), args: z.record(z.string(), z.unknown()) }),
  'tool.result': z.object({
    turn: z.number(),
    tool: z.string(),
    args: z.record(z.string(), z.unknown()),
    ok: z.boolean(),
    output: z.string(),
    /** The turn has gone and the call goes on: what comes of it is announced, or given to the same question. */
    later: z.boolean().optional(),
  }),
  /** Ids of the remembered facts that the answer is given. */
  memories: z.object({ turn: z.number(), ids: z.array(z.number().int()) }),
  /** Which expert is asked, woken, or lost while it answers; `why` is one line. */
  route: z.object({
    turn: z.number(),
    step: z.enum(['chosen', 'waking', 'lost']),
    wanted: z.string(),
    expert: z.string(),
    model: z.string(),
    node: z.string(),
    why: z.string(),
    wakeMs: z.number().optional(),
  }),
  /** The committed answer; ends the turn for the log. */
  answer: z.object({ turn: z.number(), text: z.string(), interrupted: z.boolean() }),
  /** Pause playback of this turn at once, keep what is queued. */
  'audio.hold': z.object({ turn: z.number() }),
  'audio.resume': z.object({ turn: z.number() }),
  /** Drop everything queued of this turn and of every turn before it. */
  'audio.flush': z.object({ turn: z.number() }),
  /** The turn's audio is complete at `samples`. */
  'audio.end': z.object({ turn: z.number(), samples: z.number() }),
  settings: z.object({ vad: vadKnobs, voice: voiceSettings }),
  vad: z.object({ probability: z.number() }),
  turn: turnRecord,
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }),
  'approval.new': approvalRequest,
  /** Decided, expired, withdrawn, or executed since. */
  'approval.decided': approvalRequest,
} as const;

export type ServerEventType = keyof typeof serverEvents;
export type ServerEventData = { [T in ServerEventType]: z.infer<(typeof serverEvents)[T]> };
export type ServerEvent = {
  [T in ServerEventType]: { type: T; ts: number; session: string; data: ServerEventData[T] };
}[ServerEventType];

/** Health of one part: `ok: false` with a `detail` that tells what to do. */
export const partHealth = z.object({ ok: z.boolean(), detail: z.string() });
/** `GET /health`, without sign-in. 200 when the core parts work, else 503. */
export const health = z.object({
  status: z.enum(['ok', 'starting', 'degraded', 'failed']),
  version: z.string(),
  parts: z.record(z.string(), partHealth),
  experts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  consul: z.enum(['ok', 'off', 'failed']),
  nomad: z.enum(['ok', 'off', 'failed']),
});
export type Health = z.infer<typeof health>;

/** `POST /api/message`: 202 `{id}`, or with `wait` 200 `messageAnswer`. */
export const messageRequest = z.object({
  text: z.string().trim().min(1).max(4000),
  session: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  wait: z.boolean().optional(),
});
export const messageAnswer = z.object({ id: z.string(), answer: z.string(), turn: turnRecord });

/** One line of `GET /api/conversation?since=<id>`; `DELETE` forgets them all. */
export const conversationLine = z.object({
  id: z.number().int(),
  ts: z.string(),
  session: z.string(),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
});
export type ConversationLine = z.infer<typeof conversationLine>;
