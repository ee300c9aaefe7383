import type { TurnRecord } from '../server/protocol.js';
import type { ReplyMarks } from './reply.js';
import type { Input } from './turn.js';
import { type Instants, partsOf } from './turn-timing.js';

/** Collects what happens in one turn and makes its record. */
export class TurnRecorder {
  readonly #session: string;
  readonly #turn: number;
  readonly #input: Input;
  readonly #started = new Date();
  readonly #instants: Instants;
  readonly #actions: TurnRecord['actions'] = [];
  #memories: number[] | undefined;
  #source: TurnRecord['source'] = 'none';

  /** `now`: the microphone's sample; `waited`: the endpoint rule's wait for these words, in samples. */
  constructor(parts: { session: string; turn: number; input: Input; now: number; waited: number }) {
    const { session, turn, input, now, waited } = parts;
    this.#session = session;
    this.#turn = turn;
    this.#input = input;
    const spokeUntil = input.spokeUntil < 0 ? now : Math.min(input.spokeUntil, now);
    const over = Math.min(now, spokeUntil + (input.kind === 'voice' ? waited : 0));
    this.#instants = { spokeUntil, over, words: now, firstClause: null, firstSent: null, firstPlayed: null };
  }

  marks(now: () => number, onAudible: () => void): ReplyMarks {
    return {
      firstClause: () => {
        this.#instants.firstClause ??= now();
      },
      audible: () => {
        if (this.#instants.firstSent !== null) return;
        this.#instants.firstSent = now();
        onAudible();
      },
      memories: (ids) => {
        this.#memories = ids;
      },
      action: (action) => this.#actions.push(action),
      source: (source) => {
        this.#source = source;
      },
    };
  }

  /** Microphone sample at which the client played the first sample of the answer; null when it never did. */
  played(at: number | null): void {
    this.#instants.firstPlayed = at;
  }

  record(answer: string, interrupted: boolean): TurnRecord {
    const kind = this.#input.kind === 'text' || this.#input.kind === 'announcement' ? this.#input.kind : 'voice';
    const said = this.#input.kind === 'voice' || this.#input.kind === 'text';
    return {
      type: 'turn',
      session: this.#session,
      turn: this.#turn,
      kind,
      ts: this.#started.toISOString(),
      transcript: said ? this.#input.text : '',
      answer,
      interrupted,
      source: this.#source,
      actions: this.#actions,
      ...(this.#memories ? { memories: this.#memories } : {}),
      ms: partsOf(this.#instants),
    };
  }
}

/** The record of a typed message that was taken back before its turn began. */
export function emptyRecord(session: string): TurnRecord {
  const ms = { endpoint: 0, stt: 0, mind: 0, tts: 0, playout: 0, voice_to_voice: 0 };
  const ts = new Date().toISOString();
  return {
    type: 'turn',
    session,
    turn: 0,
    kind: 'text',
    ts,
    transcript: '',
    answer: '',
    interrupted: true,
    source: 'none',
    actions: [],
    ms,
  };
}
