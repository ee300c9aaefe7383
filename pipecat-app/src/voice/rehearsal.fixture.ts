/**
 * A stage for tests of a session: virtual time, a voice made of tones, scripted engines and a loudspeaker that plays in
 * step with the microphone. Nothing here waits for a wall clock.
 */

import type { Transcript } from '../ears/stt.js';
import type { VadEvent } from '../ears/vad.js';
import type { Clock as MsClock } from '../experts/clock.js';
import type { Mind, MindEvent } from '../mind/mind.js';
import type { ServerEventData, ServerEventType, TurnRecord } from '../server/protocol.js';
import type { Controls } from '../tools/tool.js';
import { FRAME_SAMPLES, msToSamples, rms, samplesToMs } from './pcm.js';
import { VoiceSession } from './session.js';
import type { Clock, Engines } from './session.types.js';

type Emitted = { at: number; type: ServerEventType; data: ServerEventData[ServerEventType] };

/** Samples of sound per letter of spoken text. */
export const SAMPLES_PER_LETTER = 1000;

export class Rehearsal {
  readonly events: Emitted[] = [];
  readonly records: TurnRecord[] = [];
  readonly committed: { user: string; answer: string }[] = [];
  /** What the ears hear next, in order of finals. */
  hears: (string | Error | Omit<Transcript, 'ms'>)[] = [];
  /** The grammars that finals were heard under; empty for free hearing. */
  readonly grammars: string[] = [];
  partials = '';
  /** What the mind answers to a text. */
  answers: (text: string) => MindEvent[] | string = () => 'Yes.';
  ttsFails = false;
  /** What the newest query allowed its tools to do. */
  controls: Controls | null = null;
  /** Every sample the loudspeaker played, by turn. */
  readonly loudspeaker: { turn: number; played: number; sent: number; held: boolean }[] = [];
  readonly session: VoiceSession;
  #now = 0;
  #timers: { at: number; run: () => void; signal: AbortSignal }[] = [];
  #tick = 0;

  /** @param options.mind makes the mind of the session; without it `answers` is one */
  constructor(private readonly options: { audible?: boolean; mind?: (clock: MsClock) => Mind } = {}) {
    this.session = new VoiceSession({
      id: 'rehearsal',
      engines: this.#engines(),
      clock: this.#clock,
      caller: { role: 'operator', name: 'rehearsal' },
      defaults: {
        vad: { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 },
        voice: { name: 'tone', rate: 165, volume: 100 },
        audible: options.audible ?? true,
      },
      out: {
        event: (type, data) => this.#take(type, data),
        audio: (turn, offset, samples) => {
          const player = this.#player(turn);
          if (player.sent !== offset) throw new Error(`gap in turn ${turn}: ${player.sent} then ${offset}`);
          player.sent += samples.length;
        },
      },
      onTurn: (record) => this.records.push(record),
    });
  }

  get now(): number {
    return this.#now;
  }

  /** The same time in ms. */
  readonly #msClock: MsClock = {
    now: () => samplesToMs(this.#now),
    after: (ms, run) => {
      const stop = new AbortController();
      this.#timers.push({ at: this.#now + msToSamples(ms), run, signal: stop.signal });
      return () => stop.abort();
    },
  };

  of<T extends ServerEventType>(type: T): ServerEventData[T][] {
    return this.events.filter((event) => event.type === type).map((event) => event.data as ServerEventData[T]);
  }

  at(type: ServerEventType): number {
    return this.events.findLast((event) => event.type === type)?.at ?? -1;
  }

  /** The user is silent for so long. */
  silence(ms: number): Promise<void> {
    return this.#microphone(ms, 0);
  }

  /** The user makes a sound for so long. */
  voice(ms: number): Promise<void> {
    return this.#microphone(ms, 8000);
  }

  /** Lets effects run without time passing. */
  async settle(): Promise<void> {
    for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  async #microphone(ms: number, amplitude: number): Promise<void> {
    for (let done = 0; done < msToSamples(ms); done += FRAME_SAMPLES) {
      this.#now += FRAME_SAMPLES;
      this.#play();
      this.session.push(Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => (i % 8 < 4 ? amplitude : -amplitude)));
      const due = this.#timers.filter((timer) => timer.at <= this.#now && !timer.signal.aborted);
      this.#timers = this.#timers.filter((timer) => timer.at > this.#now && !timer.signal.aborted);
      for (const timer of due) timer.run();
      await this.settle();
    }
  }

  #play(): void {
    this.#tick++;
    for (const player of this.loudspeaker) {
      if (player.held) continue;
      player.played = Math.min(player.sent, player.played + FRAME_SAMPLES);
      if (this.#tick % 5 === 0) this.session.played(player.turn, player.played, this.#now);
    }
  }

  #player(turn: number): (typeof this.loudspeaker)[number] {
    const known = this.loudspeaker.find((player) => player.turn === turn);
    if (known) return known;
    const player = { turn, played: 0, sent: 0, held: false };
    this.loudspeaker.push(player);
    return player;
  }

  #take(type: ServerEventType, data: ServerEventData[ServerEventType]): void {
    this.events.push({ at: this.#now, type, data });
    if (type !== 'audio.hold' && type !== 'audio.resume' && type !== 'audio.flush') return;
    const { turn } = data as { turn: number };
    const player = this.#player(turn);
    player.held = type !== 'audio.resume';
    queueMicrotask(() => this.session.played(turn, player.played, this.#now));
  }

  readonly #clock: Clock = {
    now: () => this.#now,
    after: (samples, run, signal) => {
      this.#timers.push({ at: this.#now + samples, run, signal });
    },
  };

  #engines(): Engines {
    const health = { ok: true, detail: '' };
    const mind: Mind = {
      reply: (query) => {
        this.controls = query.controls;
        return this.#reply(query.text);
      },
      isCompleteCommand: (text) => text === 'stop' || text === 'what time is it',
      commit: (_, user, answer) => this.committed.push({ user, answer }),
      hints: () => '',
      understands: (text) => text === 'what time is it',
      interrupts: (text) => text === 'stop',
      grammar: () => 'root ::= " what time is it"',
      forget: () => {},
    };
    return {
      mind: this.options.mind?.(this.#msClock) ?? mind,
      vad: {
        name: 'loudness',
        open: (_, onEvent) => {
          let kept = 0;
          let sum = 0;
          let end = 0;
          return {
            push: ({ at, samples }) => {
              kept += samples.length;
              sum = Math.max(sum, rms(samples));
              end = at + samples.length;
              if (kept < 640) return;
              const event: VadEvent = { type: 'frame', at: end, probability: sum > 0.05 ? 1 : 0 };
              kept = 0;
              sum = 0;
              onEvent(event);
            },
            set: () => {},
            endSegment: () => {},
            close: () => {},
          };
        },
        health: () => health,
        close: async () => {},
      },
      stt: {
        name: 'script',
        start: async () => {},
        transcribe: async (_, { kind, grammar }) => {
          if (kind === 'partial') return { text: this.partials, ms: 0 };
          this.grammars.push(grammar ?? '');
          const next = this.hears.shift() ?? '';
          if (next instanceof Error) throw next;
          return { ...(typeof next === 'string' ? { text: next } : next), ms: 0 };
        },
        health: () => health,
        close: async () => {},
      },
      tts: {
        name: 'tone',
        voices: () => ['tone', 'other'],
        speak: (text) => this.#speak(text),
        health: () => health,
        close: async () => {},
      },
    };
  }

  async *#reply(text: string): AsyncGenerator<MindEvent> {
    const answer = this.answers(text);
    if (typeof answer !== 'string') yield* answer;
    else {
      for (const delta of answer.match(/\S+\s*/g) ?? []) yield { type: 'text', delta };
      yield { type: 'done', source: 'model' };
    }
  }

  async *#speak(text: string): AsyncGenerator<Int16Array> {
    if (this.ttsFails) throw new Error('the voice broke');
    for (const letter of text) yield new Int16Array(SAMPLES_PER_LETTER).fill(letter.charCodeAt(0));
  }
}
