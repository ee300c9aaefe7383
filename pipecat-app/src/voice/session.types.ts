import type { Stt } from '../ears/stt.js';
import type { VadEngine, VadKnobs } from '../ears/vad.js';
import type { Mind } from '../mind/mind.js';
import type { Tts } from '../mouth/tts.js';
import type { ServerEventData, ServerEventType, TurnRecord } from '../server/protocol.js';
import type { Caller, Door } from '../tools/tool.js';

/** The engines that all sessions share. */
export type Engines = { vad: VadEngine; stt: Stt; tts: Tts; mind: Mind };

export type SessionDefaults = {
  vad: VadKnobs;
  voice: { name: string; rate: number; volume: number };
  /** False for text-only sessions (REST, the text box without sound): nothing is synthesised. */
  audible: boolean;
};

/** On whose behalf a session calls tools. `door` is left out where a person speaks and types. */
export type SessionCaller = Pick<Caller, 'role' | 'name' | 'keyId'> & { door?: Exclude<Door, 'voice' | 'text'> };

/** Where a session's output goes; implemented by a WebSocket, by REST, by tests. */
export type SessionOut = {
  event<T extends ServerEventType>(type: T, data: ServerEventData[T]): void;
  /** `offset`: index of the first sample within the turn. */
  audio(turn: number, offset: number, samples: Int16Array): void;
};

/** Monotonic time in samples (16 000 per second) and timers on it; virtual in tests. */
export type Clock = {
  now(): number;
  /** Calls `run` once, `samples` from now, unless `signal` aborts first. */
  after(samples: number, run: () => void, signal: AbortSignal): void;
};

/** One conversation with one person. Methods never throw and never block; problems come out as `error` events. */
export interface Session {
  readonly id: string;
  /** Microphone audio, any length. */
  push(samples: Int16Array): void;
  /** Resolves with the turn's record when its answer has ended (heard, shown, interrupted or failed). */
  text(text: string): Promise<TurnRecord>;
  stop(): void;
  /** Says something by itself as soon as nobody speaks (a timer that is due). */
  announce(text: string): void;
  played(turn: number, samples: number, mic: number): void;
  mic(open: boolean): void;
  meter(on: boolean): void;
  set(change: { vad?: Partial<VadKnobs>; voice?: { name?: string; rate?: number; volume?: number } }): void;
  /** Cancels everything and waits until no effect of the session is left. */
  close(): Promise<void>;
}
