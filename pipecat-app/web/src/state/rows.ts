import type { AgentState, ServerEventData, TurnRecord } from '../../../src/server/protocol.js';

/** `text` is spoken between these samples of the turn's audio. */
export type Segment = { text: string; from: number; to: number };

export type UserRow = { kind: 'user'; key: string; turn: number | null; text: string; final: boolean };
export type BotRow = {
  kind: 'bot';
  key: string;
  turn: number;
  /** The answer as generated, ahead of the sound. */
  text: string;
  /** Spoken pieces in order; `text` from `covered` on has no piece yet. */
  segments: Segment[];
  covered: number;
  final: boolean;
  interrupted: boolean;
};
export type ToolRow = {
  kind: 'tool';
  key: string;
  turn: number;
  tool: string;
  args: Record<string, unknown>;
  status: 'running' | 'ok' | 'failed' | 'later';
  output: string;
};
/** Ids of the remembered facts that an answer is given. */
export type MemoriesRow = { kind: 'memories'; key: string; turn: number; ids: number[] };
export type TimingRow = { kind: 'timing'; key: string; turn: number; record: TurnRecord };
export type NoticeRow = { kind: 'notice'; key: string; tone: 'plain' | 'bad'; text: string };
export type Row = UserRow | BotRow | ToolRow | MemoriesRow | TimingRow | NoticeRow;

export type Fault = { code: string; message: string; next: string };

/** Everything that the page knows from the event stream. */
export type View = {
  rows: Row[];
  agent: AgentState;
  hello: ServerEventData['hello'] | null;
  fault: Fault | null;
  /** Finished sentences for screen readers, newest last. */
  spoken: { key: string; text: string }[];
  /** Makes keys of rows that belong to no turn. */
  made: number;
};

export const emptyView: View = { rows: [], agent: 'idle', hello: null, fault: null, spoken: [], made: 0 };
