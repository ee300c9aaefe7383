import type { ZodType } from 'zod';
import type { Role } from '../server/protocol.js';

/** The way a request came in: speech, Mission Control's text box, REST and `/v1`, the Model Context Protocol, another agent. */
export type Door = 'voice' | 'text' | 'api' | 'mcp' | 'agent';

/** On whose behalf a tool is called. `name` and `keyId` are those of the API key or sign-in. */
export type Caller = { session: string; door: Door; role: Role; name: string; keyId?: string };

/** What a tool may do to the session that called it. */
export type Controls = {
  readonly session: string;
  readonly caller: Caller;
  /** 0 to 100. */
  volume(): number;
  setVolume(percent: number): void;
  voice(): { name: string; rate: number };
  /** @throws TwinError `TWIN_VOICE_UNKNOWN` */
  setVoice(change: { name?: string; rate?: number }): void;
  voices(): readonly string[];
  /** The last answer that was heard, or '' . */
  lastAnswer(): string;
  /** Says something by itself as soon as nobody speaks (a timer that is due). */
  announce(text: string): void;
};

export type ToolContext = {
  controls: Controls;
  /** Wall clock, ms since 1970; injected in tests. */
  now: () => number;
  signal: AbortSignal;
};

/** `output` is said or shown as it is; plain text. */
export type ToolResult = { ok: true; output: string } | { ok: false; output: string; error: string };

export type Method = {
  description: string;
  args: ZodType<Record<string, unknown>>;
  /** `read` may be repeated and survives a barge-in; `write` changes something; `sensitive` asks a person first. */
  risk: 'read' | 'write' | 'sensitive';
  /**
   * Sentences that ask for it, as people say them, for those that no template of `commands.yaml` fits. `{name:kitchen lamp}`
   * marks the words that fill an argument, see `exampleParts`.
   */
  examples?: readonly string[];
  /** One more such sentence with its arguments, for models that learn by example; without it the first example with none. */
  sample?: { say: string; args: Readonly<Record<string, unknown>> };
  /** What these arguments will do, in plain words, for the person who is asked: `Runs "ls" on node attic.` */
  effect?(args: never): string;
  /** A spoken "yes" is enough to approve it: for what does little harm when the ear was wrong. */
  spokenConsent?: true;
  /** Longest time one call may take, in ms; the registry's own limit when left out. */
  timeoutMs?: number;
  run(args: never, context: ToolContext): Promise<ToolResult> | ToolResult;
};

/** One file in `tools/` default-exports nothing and names one `Tool`. Methods are called `tool.method`. */
export type Tool = {
  name: string;
  description: string;
  methods: Record<string, Method>;
  /** Why it cannot be used here and what to do about it, in a sentence each; undefined when it can. */
  unavailable?(): string | undefined;
  /** Ends what it started: browsers, terminals, connections. */
  close?(): Promise<void>;
};
