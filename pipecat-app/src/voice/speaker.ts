import { heardText, type SpokenClause } from './heard.js';
import { amplify, FRAME_SAMPLES, msToSamples } from './pcm.js';
import { PcmRing } from './pcm-ring.js';
import type { Clock, SessionOut } from './session.types.js';

/** Sound is sent at most this far ahead of the ear, so that "stop" leaves little to throw away. */
const LEAD = msToSamples(400);
/** A client that reports nothing for this long is believed to play at the natural speed. */
const PATIENCE = msToSamples(2000);
/** How long a client may take to tell where it stopped. */
const LAST_WORD = msToSamples(300);

type Reply = {
  turn: number;
  /** All samples synthesised so far; what has gone out is `sent`, what was played `played`. */
  queued: Int16Array[];
  sent: number;
  played: number;
  complete: boolean;
  held: boolean;
  flushed: boolean;
  spoken: SpokenClause[];
  synthesised: number;
  audio: PcmRing;
  /** Microphone sample and turn sample that coincide; null before anything was sent. */
  anchor: { mic: number; sample: number; exact: boolean } | null;
  reportedAt: number;
};

/** The playout of one session: paces, holds, flushes and knows what was heard. One reply at a time. */
export class Speaker {
  readonly #out: SessionOut;
  readonly #clock: Clock;
  readonly #micNow: () => number;
  #reply: Reply | null = null;
  #waiters = new Set<() => void>();
  /** 0 to 1, applied as sound goes out. */
  gain = 1;

  constructor(parts: { out: SessionOut; clock: Clock; micNow: () => number }) {
    this.#out = parts.out;
    this.#clock = parts.clock;
    this.#micNow = parts.micNow;
  }

  begin(turn: number): void {
    this.#reply = {
      turn,
      held: false,
      queued: [],
      sent: 0,
      played: 0,
      complete: false,
      flushed: false,
      spoken: [],
      synthesised: 0,
      audio: new PcmRing(2),
      anchor: null,
      reportedAt: this.#clock.now(),
    };
  }

  /** Adds the next sound of the reply; goes out as far as there is room. */
  enqueue(samples: Int16Array): void {
    const reply = this.#reply;
    if (reply === null || reply.flushed) return;
    reply.queued.push(samples);
    reply.synthesised += samples.length;
    this.#pump(reply);
  }

  /** Opens a clause; the returned function closes it and tells the client where its sound lies. */
  clause(text: string): () => void {
    const reply = this.#reply;
    if (reply === null) return () => {};
    const index = reply.spoken.push({ text, from: reply.synthesised, to: null }) - 1;
    return () => {
      const { from } = reply.spoken[index] as SpokenClause;
      const to = reply.synthesised;
      reply.spoken[index] = { text, from, to };
      if (!reply.flushed) this.#out.event('caption', { turn: reply.turn, text, from, to });
    };
  }

  /** Waits until less than `LEAD` is left to play. */
  async room(signal: AbortSignal): Promise<void> {
    await this.#until((reply) => reply.synthesised - reply.played <= LEAD, signal);
  }

  /** Says that no more sound comes and waits until all of it was played. */
  async drained(signal: AbortSignal): Promise<void> {
    const reply = this.#reply;
    if (reply === null) return;
    reply.complete = true;
    this.#pump(reply);
    await this.#until((r) => r.played >= r.synthesised, signal);
  }

  played(turn: number, samples: number, mic: number): void {
    const reply = this.#reply;
    if (reply === null || reply.turn !== turn) return;
    reply.played = Math.max(reply.played, Math.min(samples, reply.sent));
    reply.reportedAt = this.#clock.now();
    const atMic = mic > 0 ? mic : this.#micNow();
    if (samples > 0) reply.anchor = { mic: atMic, sample: samples, exact: true };
    this.#pump(reply);
    this.#wake();
  }

  hold(turn: number): void {
    const reply = this.#reply;
    if (reply === null || reply.turn !== turn || reply.held) return;
    reply.held = true;
    if (reply.sent > 0) this.#out.event('audio.hold', { turn });
  }

  resume(turn: number): void {
    const reply = this.#reply;
    if (reply === null || reply.turn !== turn || !reply.held || reply.flushed) return;
    reply.held = false;
    reply.reportedAt = this.#clock.now();
    if (reply.sent > 0) this.#out.event('audio.resume', { turn });
    this.#pump(reply);
    this.#wake();
  }

  /** Silence, now. */
  flush(turn: number): void {
    const reply = this.#reply;
    if (reply === null || reply.turn !== turn || reply.flushed) return;
    reply.flushed = true;
    reply.queued = [];
    this.#out.event('audio.flush', { turn });
    this.#wake();
  }

  /** After a flush: waits for the client's last report, so that `heard` is exact. Bounded. */
  async stopped(): Promise<void> {
    const reply = this.#reply;
    if (reply === null || reply.sent === 0 || reply.played >= reply.sent) return;
    const since = reply.reportedAt;
    const done = new AbortController();
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.#reply === reply && reply.reportedAt === since) return;
        resolve();
      };
      this.#waiters.add(check);
      this.#clock.after(LAST_WORD, resolve, done.signal);
      done.signal.addEventListener('abort', () => this.#waiters.delete(check));
    }).finally(() => done.abort());
  }

  heard(): string {
    return this.#reply === null ? '' : heardText(this.#reply.spoken, this.#reply.played);
  }

  /** Text being spoken around now: the clauses within the last seconds of sound. */
  saying(): string {
    const reply = this.#reply;
    if (reply === null) return '';
    const near = reply.spoken.filter(
      (c) => c.from <= reply.sent && (c.to ?? reply.sent) >= reply.played - msToSamples(3000),
    );
    return near.map((c) => c.text).join(' ');
  }

  /** True while sound of the reply may be in the room; `tail` samples longer for its echo. */
  sounding(tail: number): boolean {
    const reply = this.#reply;
    if (reply?.anchor == null) return false;
    const left = reply.flushed || reply.held ? 0 : reply.sent - reply.anchor.sample;
    return this.#micNow() < reply.anchor.mic + left + tail;
  }

  /** Microphone sample at which the first sample of the reply was played, or null. */
  firstPlayedAt(): number | null {
    const anchor = this.#reply?.anchor;
    return anchor?.exact ? anchor.mic - anchor.sample : null;
  }

  /** What the loudspeaker played while the microphone recorded [from, to); silence where it is not known. */
  reference(from: number, to: number): Int16Array {
    const out = new Int16Array(to - from);
    const reply = this.#reply;
    if (reply?.anchor == null) return out;
    const start = reply.anchor.sample + (from - reply.anchor.mic);
    const stop = reply.held || reply.flushed ? Math.min(start + out.length, reply.anchor.sample) : start + out.length;
    const first = Math.max(0, start);
    if (stop <= first) return out;
    const piece = reply.audio.slice(first, stop);
    if (first - start + piece.length <= out.length) out.set(piece, first - start);
    return out;
  }

  #pump(reply: Reply): void {
    while (!reply.held && !reply.flushed && reply.sent - reply.played < LEAD) {
      const piece = reply.queued.shift();
      if (piece === undefined) break;
      const now = piece.subarray(0, FRAME_SAMPLES * 5);
      if (piece.length > now.length) reply.queued.unshift(piece.subarray(now.length));
      const samples = amplify(now, this.gain);
      if (reply.anchor === null) {
        reply.anchor = { mic: this.#micNow(), sample: 0, exact: false };
        reply.reportedAt = this.#clock.now();
      }
      this.#out.audio(reply.turn, reply.sent, samples);
      reply.audio.push(samples);
      reply.sent += samples.length;
    }
    if (
      reply.complete &&
      reply.queued.length === 0 &&
      !reply.flushed &&
      reply.sent === reply.synthesised &&
      reply.sent > 0
    ) {
      reply.complete = false;
      this.#out.event('audio.end', { turn: reply.turn, samples: reply.sent });
    }
  }

  async #until(condition: (reply: Reply) => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const reply = this.#reply;
      if (reply === null || reply.flushed || condition(reply)) return;
      await this.#progress(reply, signal);
    }
  }

  /** Resolves on the next report, or after PATIENCE without one: then the clock stands in for the client. */
  async #progress(reply: Reply, signal: AbortSignal): Promise<void> {
    // A signal of `AbortSignal.any` that keeps a listener is never collected, and with it the session of its stack trace.
    const done = new AbortController();
    const wake = (): void => done.abort('awake');
    const awake = new Promise<void>((resolve) => {
      done.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#waiters.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    this.#clock.after(
      PATIENCE,
      () => {
        if (!reply.held && this.#clock.now() - reply.reportedAt >= PATIENCE) {
          reply.played = Math.min(reply.sent, reply.played + PATIENCE);
          this.#pump(reply);
        }
        wake();
      },
      done.signal,
    );
    await awake;
    this.#waiters.delete(wake);
    signal.removeEventListener('abort', wake);
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
