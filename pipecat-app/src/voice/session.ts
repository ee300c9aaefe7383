import type { VadKnobs } from '../ears/vad.js';
import { isAbort, TwinError, toPublicError } from '../errors.js';
import type { TurnRecord } from '../server/protocol.js';
import type { Caller, Controls } from '../tools/tool.js';
import { type EndpointRules, learnPause, waitSamples } from './endpoint.js';
import { Listener } from './listener.js';
import { msToSamples } from './pcm.js';
import { runReply } from './reply.js';
import type { Clock, Engines, Session, SessionCaller, SessionDefaults, SessionOut } from './session.types.js';
import { Speaker } from './speaker.js';
import { type Event, type Input, initial, next, publicState, type State, type Step } from './turn.js';
import { emptyRecord, TurnRecorder } from './turn-recorder.js';

export type SessionParts = {
  id: string;
  engines: Engines;
  defaults: SessionDefaults;
  /** Who speaks here. Without a door of its own, each turn is `voice` or `text`. */
  caller: SessionCaller;
  out: SessionOut;
  clock: Clock;
  onTurn: (record: TurnRecord) => void;
};

/** Over a reply, shorter sounds are not worth a transcription: no "stop" is. */
const COUGH = msToSamples(90);

/** One mailbox, one writer: every effect posts events, `#drain` alone changes the state. */
export class VoiceSession implements Session {
  readonly id: string;
  readonly #parts: SessionParts;
  readonly #speaker: Speaker;
  readonly #listener: Listener;
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<void>>();
  readonly #mailbox: Event[] = [];
  readonly #typed: ((record: TurnRecord) => void)[] = [];
  #draining = false;
  #state: State = initial;
  #shown: ReturnType<typeof publicState> = 'idle';
  #knobs: VadKnobs;
  #voice: { name: string; rate: number; volume: number };
  #habit = 0;
  /** What the endpoint rule asked for after the newest words, in samples. */
  #heardWait = 0;
  #meter = false;
  #frames = 0;
  #lastAnswer = '';
  /** What tools may do here, for turns that were spoken and for turns that were typed. */
  readonly #controls: Record<'voice' | 'text', Controls>;
  #live: { log: TurnRecorder; abort: AbortController; resolve: ((record: TurnRecord) => void) | null } | null = null;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#controls = { voice: this.#makeControls('voice'), text: this.#makeControls('text') };
    this.#knobs = parts.defaults.vad;
    this.#voice = parts.defaults.voice;
    const { engines, clock, out } = parts;
    this.#speaker = new Speaker({ out, clock, micNow: () => this.#listener.micNow() });
    this.#speaker.gain = this.#voice.volume / 100;
    this.#listener = new Listener({
      engines,
      clock,
      speaker: this.#speaker,
      knobs: this.#knobs,
      post: (event) => this.#post(event),
      onPartial: (text) => out.event('transcript.partial', { turn: this.#state.turn + 1, text }),
      onVad: (probability) => this.#onVad(probability),
      onError: (error) => out.event('error', toPublicError(error)),
      track: (work) => this.#track(work),
      signal: this.#closing.signal,
    });
  }

  push(samples: Int16Array): void {
    if (!this.#closing.signal.aborted) this.#listener.push(samples);
  }

  text(text: string): Promise<TurnRecord> {
    return new Promise((resolve) => {
      this.#typed.push(resolve);
      this.#post({ type: 'typed', text });
    });
  }

  stop(): void {
    for (const resolve of this.#typed.splice(0)) resolve(emptyRecord(this.id));
    this.#post({ type: 'stop' });
  }

  announce(text: string): void {
    this.#post({ type: 'announce', text });
  }

  played(turn: number, samples: number, mic: number): void {
    this.#speaker.played(turn, samples, mic);
  }

  mic(open: boolean): void {
    if (!open) this.#listener.micClosed();
  }

  meter(on: boolean): void {
    this.#meter = on;
  }

  set(change: Parameters<Session['set']>[0]): void {
    this.#knobs = { ...this.#knobs, ...change.vad };
    this.#listener.set(this.#knobs);
    this.#voice = { ...this.#voice, ...change.voice };
    this.#speaker.gain = this.#voice.volume / 100;
    this.#parts.out.event('settings', { vad: this.#knobs, voice: this.#voice });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#live?.abort.abort();
    this.#listener.close();
    for (const resolve of this.#typed.splice(0)) resolve(emptyRecord(this.id));
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    this.#parts.engines.mind.forget(this.id);
  }

  #post(event: Event): void {
    this.#mailbox.push(event);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let e = this.#mailbox.shift(); e !== undefined; e = this.#mailbox.shift()) this.#take(e);
    } finally {
      this.#draining = false;
    }
  }

  #take(event: Event): void {
    if (this.#closing.signal.aborted && event.type !== 'ended') return;
    const before = this.#state;
    if (event.type === 'started' && before.ears.is === 'silent')
      this.#habit = learnPause(this.#habit, event.at - before.ears.to);
    if (event.type === 'heard' && event.final) this.#heardWait = waitSamples(event.text, event.complete, this.#rules());
    const [after, steps] = next(before, event, this.#rules());
    this.#state = after;
    this.#listener.follow(after.ears, after.reply?.held === true);
    for (const step of steps) this.#do(step);
    const shown = publicState(this.#state);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#parts.out.event('state', { state: shown });
    }
  }

  #do(step: Step): void {
    const { out } = this.#parts;
    if (step.do === 'transcribe') this.#listener.transcribe(step.from, step.to, step.mark);
    else if (step.do === 'wait') this.#listener.wait(step.until, step.mark);
    else if (step.do === 'reply') this.#track(this.#reply(step.turn, step.input));
    else if (step.do === 'hold') this.#speaker.hold(step.turn);
    else if (step.do === 'resume') this.#speaker.resume(step.turn);
    else if (step.do === 'commit') this.#commit(step);
    else if (step.do === 'drop') out.event('transcript.partial', { turn: this.#state.turn + 1, text: '' });
    else this.#cancel(step.turn);
  }

  /** Silence first: it is what the user waits for. Then the language model's slot and the voice stop with the signal. */
  #cancel(turn: number): void {
    this.#speaker.flush(turn);
    this.#live?.abort.abort();
  }

  async #reply(turn: number, input: Input): Promise<void> {
    const { engines, out, defaults } = this.#parts;
    const now = (): number => this.#listener.micNow();
    const log = new TurnRecorder({ session: this.id, turn, input, now: now(), waited: this.#heardWait });
    const abort = new AbortController();
    const resolve = input.kind === 'text' ? (this.#typed.shift() ?? null) : null;
    this.#live = { log, abort, resolve };
    if (input.kind === 'voice') out.event('transcript.final', { turn, text: input.text });
    if (defaults.audible) this.#speaker.begin(turn);
    let shown = '';
    let whole = false;
    try {
      const query = {
        session: this.id,
        turn,
        text: input.text,
        controls: this.#controls[input.kind === 'text' ? 'text' : 'voice'],
      };
      const marks = log.marks(now, () => this.#post({ type: 'audible', turn }));
      const voice = { name: this.#voice.name, rate: this.#voice.rate };
      const job = { turn, input, query, engines, out, speaker: this.#speaker, voice, audible: defaults.audible, marks };
      ({ shown } = await runReply(job, abort.signal));
      whole = true;
    } catch (error) {
      if (!isAbort(error)) out.event('error', toPublicError(error));
      this.#speaker.flush(turn);
      if (defaults.audible && !this.#closing.signal.aborted) await this.#speaker.stopped();
    }
    log.played(defaults.audible ? this.#speaker.firstPlayedAt() : null);
    const answer = `${defaults.audible ? this.#speaker.heard() : ''}${shown}`.trim();
    this.#post({ type: 'ended', turn, answer, whole });
  }

  #commit({ turn, answer, whole }: Extract<Step, { do: 'commit' }>): void {
    const { out, engines, onTurn } = this.#parts;
    const live = this.#live;
    this.#live = null;
    if (live === null) return;
    const record = live.log.record(answer, !whole);
    engines.mind.commit(this.id, record.transcript, answer);
    if (answer !== '' && record.source !== 'none') this.#lastAnswer = answer;
    out.event('answer', { turn, text: answer, interrupted: !whole });
    out.event('turn', record);
    onTurn(record);
    live.resolve?.(record);
  }

  #rules(): EndpointRules {
    return {
      redemptionSamples: msToSamples(this.#knobs.redemptionMs),
      minSpeechSamples: msToSamples(this.#knobs.minSpeechMs),
      coughSamples: COUGH,
      habitSamples: this.#habit,
    };
  }

  #makeControls(kind: 'voice' | 'text'): Controls {
    const { door = kind, ...who } = this.#parts.caller;
    const caller: Caller = Object.freeze({ ...who, session: this.id, door });
    return {
      session: this.id,
      caller,
      volume: () => this.#voice.volume,
      setVolume: (percent) => this.set({ voice: { volume: Math.max(0, Math.min(100, Math.round(percent))) } }),
      voice: () => ({ name: this.#voice.name, rate: this.#voice.rate }),
      setVoice: (change) => {
        if (change.name !== undefined && !this.#parts.engines.tts.voices().includes(change.name)) {
          throw new TwinError('TWIN_VOICE_UNKNOWN', `There is no voice "${change.name}".`, {
            next: 'Ask for the list of voices.',
          });
        }
        this.set({ voice: change });
      },
      voices: () => this.#parts.engines.tts.voices(),
      lastAnswer: () => this.#lastAnswer,
      announce: (text) => this.announce(text),
    };
  }

  #onVad(probability: number): void {
    this.#frames++;
    if (this.#meter && this.#frames % 3 === 0) this.#parts.out.event('vad', { probability });
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#parts.out.event('error', toPublicError(error)));
    this.#work.add(tracked);
    void tracked.finally(() => this.#work.delete(tracked));
  }
}
