import type { Transcript } from '../ears/stt.js';
import type { Vad, VadEvent, VadKnobs } from '../ears/vad.js';
import { isAbort, TwinError } from '../errors.js';
import { type Activity, observe, still } from './activity.js';
import { WINDOW } from './bands.js';
import { EchoGate, isOwnWords } from './echo.js';
import { MicClock } from './mic-clock.js';
import { msToSamples } from './pcm.js';
import { endOfSound, PcmRing } from './pcm-ring.js';
import { better, interruption, isWorthHearingAgain, mayBeStop } from './second-hearing.js';
import type { Clock, Engines } from './session.types.js';
import type { Speaker } from './speaker.js';
import type { Ears, Event } from './turn.js';

/** Longest utterance that an ear takes in one piece; then it is taken as said. */
const LONGEST_UTTERANCE = msToSamples(28_000);
/** Echo may arrive this long after the loudspeaker fell silent. */
const ECHO_TAIL = msToSamples(500);
/** New audio between two partial transcripts, and before the first one over a reply. */
const PARTIAL_EVERY = msToSamples(450);
const PARTIAL_OVER_REPLY = msToSamples(300);

/** Of a sound shorter than this only "stop" is believed while the agent speaks; ears find words in any cough. */
const BRIEF = msToSamples(160);

export type ListenerParts = {
  engines: Engines;
  clock: Clock;
  speaker: Speaker;
  knobs: VadKnobs;
  post: (event: Event) => void;
  onPartial: (text: string) => void;
  onVad: (probability: number) => void;
  onError: (error: unknown) => void;
  /** Every promise that must settle before the session is closed. */
  track: (work: Promise<void>) => void;
  signal: AbortSignal;
};

/** The hearing half of a session: microphone audio in, turn events out. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #ring = new PcmRing(32);
  readonly #micClock: MicClock;
  readonly #gate = new EchoGate();
  #vad: Vad | null = null;
  #knobs: VadKnobs;
  #activity: Activity = still;
  #frameEnd = 0;
  #timers: { until: number; mark: number }[] = [];
  #ears: Ears = { is: 'quiet' };
  #overReply = false;
  #partial: AbortController | null = null;
  #partialAt = 0;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#knobs = parts.knobs;
    this.#micClock = new MicClock(parts.clock);
  }

  micNow(): number {
    return this.#micClock.now();
  }

  push(samples: Int16Array): void {
    const at = this.#ring.end;
    this.#ring.push(samples);
    this.#micClock.arrived(this.#ring.end);
    this.#vad ??= this.#parts.engines.vad.open(this.#knobs, (event) => this.#onVad(event), this.#parts.onError);
    this.#vad.push({ at, samples });
    this.#fireTimers();
    this.#maybePartial();
    const ears = this.#ears;
    if (ears.is === 'speaking' && this.#ring.end - ears.from > LONGEST_UTTERANCE) this.micClosed();
  }

  /** No more audio for now: what was said so far is all. */
  micClosed(): void {
    this.#micClock.closed();
    this.#activity = still;
    this.#vad?.endSegment();
    this.#parts.post({ type: 'micClosed', at: this.#ring.end });
  }

  set(knobs: VadKnobs): void {
    this.#knobs = knobs;
    this.#vad?.set(knobs);
  }

  /** Tells which utterance the turn machine sees, after each of its transitions. */
  follow(ears: Ears, overReply: boolean): void {
    if (this.#ears.is !== 'quiet' && ears.is === 'quiet') {
      this.#partial?.abort();
      this.#timers = [];
      this.#activity = still;
      this.#vad?.endSegment();
    }
    if (this.#ears.is === 'quiet' && ears.is === 'speaking') this.#partialAt = ears.from;
    this.#ears = ears;
    this.#overReply = overReply;
  }

  wait(until: number, mark: number): void {
    this.#timers.push({ until, mark });
    // Frames come every 20 ms only; the clock is finer. One millisecond more, since timers may be early by as much.
    this.#parts.clock.after(
      Math.max(0, until - this.micNow()) + msToSamples(1),
      () => this.#fireTimers(),
      this.#parts.signal,
    );
  }

  /** The words of silence `mark`, speculatively: they are thrown away when the user goes on. */
  transcribe(from: number, to: number, mark: number): void {
    this.#partial?.abort();
    this.#parts.track(this.#transcribe(from, to, mark));
  }

  close(): void {
    this.#partial?.abort();
    this.#vad?.close();
    this.#timers = [];
  }

  async #transcribe(from: number, to: number, mark: number): Promise<void> {
    const { engines, post, speaker, signal } = this.#parts;
    const samples = this.#ring.slice(from - msToSamples(this.#knobs.prerollMs), Math.max(to, this.#ring.end));
    try {
      const brief = this.#overReply && to - from < BRIEF;
      const text = await (brief ? this.#stop(samples, signal) : this.#words(samples, signal));
      const own = this.#overReply && isOwnWords(text, speaker.saying());
      if (own) this.#gate.wasEcho();
      const complete = !own && engines.mind.isCompleteCommand(text);
      post({ type: 'heard', text: own ? '' : text, final: true, mark, complete, at: this.micNow() });
    } catch (error) {
      if (isAbort(error)) return;
      this.#parts.onError(error);
      post({ type: 'deaf', mark, say: sayDeaf(error) });
    }
  }

  /** What was said; words that are no clear command are heard a second time, as one of the commands. */
  async #words(samples: Int16Array, signal: AbortSignal): Promise<string> {
    const { stt, mind } = this.#parts.engines;
    const free = await stt.transcribe(samples, { kind: 'final', prompt: mind.hints() }, signal);
    const over = this.#overReply;
    if (!isWorthHearingAgain(free, samples.length) && !(over && mayBeStop(samples.length))) return free.text;
    if (!free.looped && mind.understands(free.text)) return free.text;
    if (over && isOwnWords(free.text, this.#parts.speaker.saying())) return free.text;
    const command = await this.#asCommand(samples, signal);
    if (command === undefined) return free.text;
    const stop = over ? interruption(command, (text) => mind.interrupts(text)) : undefined;
    return stop ?? better(free, command, (text) => mind.understands(text));
  }

  /** A sound over the reply that is too short for other words: "stop", or a cough (empty). */
  async #stop(samples: Int16Array, signal: AbortSignal): Promise<string> {
    const command = await this.#asCommand(samples, signal);
    if (command === undefined) return '';
    return interruption(command, (text) => this.#parts.engines.mind.interrupts(text)) ?? '';
  }

  /** The sound heard as one of the commands; undefined when there are none. */
  async #asCommand(samples: Int16Array, signal: AbortSignal): Promise<Transcript | undefined> {
    const { stt, mind } = this.#parts.engines;
    const grammar = mind.grammar();
    if (grammar === '') return undefined;
    return stt.transcribe(samples, { kind: 'final', prompt: mind.hints(), grammar }, signal);
  }

  #maybePartial(): void {
    const ears = this.#ears;
    if (ears.is !== 'speaking' || this.#partial !== null) return;
    const first = this.#partialAt === ears.from;
    const due = this.#partialAt + (first && this.#overReply ? PARTIAL_OVER_REPLY : PARTIAL_EVERY);
    if (this.#ring.end < due) return;
    const abort = new AbortController();
    this.#partial = abort;
    this.#partialAt = this.#ring.end;
    this.#parts.track(this.#transcribePartial(ears.from, abort));
  }

  async #transcribePartial(from: number, abort: AbortController): Promise<void> {
    const { engines, post, onPartial } = this.#parts;
    const samples = this.#ring.slice(from - msToSamples(this.#knobs.prerollMs), this.#ring.end);
    const { signal } = abort;
    try {
      const { text } = await engines.stt.transcribe(samples, { kind: 'partial', prompt: engines.mind.hints() }, signal);
      if (signal.aborted || text === '') return;
      if (this.#overReply && isOwnWords(text, this.#parts.speaker.saying())) return;
      onPartial(text);
      post({ type: 'heard', text, final: false, mark: -1, complete: false, at: this.micNow() });
    } catch (error) {
      if (!isAbort(error) && !(error instanceof TwinError && error.code === 'TWIN_STT_BUSY'))
        this.#parts.onError(error);
    } finally {
      if (this.#partial === abort) this.#partial = null;
    }
  }

  #onVad(event: VadEvent): void {
    if (event.type === 'frame') this.#onFrame(event.at, event.probability);
    else if (event.type === 'misfire' && this.#activity.speaking && !this.#overReply) {
      this.#activity = still;
      this.#parts.post({ type: 'misfire' });
    }
  }

  #onFrame(at: number, probability: number): void {
    const from = this.#frameEnd === 0 ? at - WINDOW : this.#frameEnd;
    this.#frameEnd = at;
    this.#parts.onVad(probability);
    const own = this.#parts.speaker.sounding(ECHO_TAIL) && this.#isOwn(from, at);
    const frame = { at, samples: at - from, probability, own };
    const [activity, event] = observe(this.#activity, frame, this.#knobs);
    this.#activity = activity;
    if (event === null) return;
    if (event.type === 'started') this.#parts.post(event);
    else this.#parts.post({ type: 'silent', at: endOfSound(this.#ring, event.at) });
  }

  #isOwn(from: number, to: number): boolean {
    let own = true;
    for (let at = from; at < to; at += WINDOW) {
      const mic = this.#ring.slice(at, at + WINDOW);
      const reference = this.#parts.speaker.reference(at, at + WINDOW);
      if (!this.#gate.own(mic, reference, !this.#activity.speaking)) own = false;
    }
    return own;
  }

  #fireTimers(): void {
    const now = Math.max(this.#ring.end, this.micNow());
    const due = this.#timers.filter((timer) => timer.until <= now);
    if (due.length === 0) return;
    this.#timers = this.#timers.filter((timer) => timer.until > now);
    for (const { mark } of due) this.#parts.post({ type: 'timer', mark, at: now });
  }
}

function sayDeaf(error: unknown): string {
  const next = error instanceof TwinError && !error.retryable ? ` ${error.next}` : ' Please say it again.';
  return `Sorry, my ears failed just now.${next}`;
}
