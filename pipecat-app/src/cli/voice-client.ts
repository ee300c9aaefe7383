import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { TwinError } from '../errors.js';
import { AUDIO_HEADER_BYTES, type ClientMessage, type ServerEvent } from '../server/protocol.js';
import { FRAME_SAMPLES, fromBytes, msToSamples, samplesToMs, toBytes } from '../voice/pcm.js';
import { Loudspeaker, type Played } from './loudspeaker.js';
import { openSocket } from './open-socket.js';
import { StereoRecording } from './stereo-recording.js';

/** Monotonic milliseconds and waiting for one of them; virtual in tests. */
export type PaceClock = { now(): number; until(ms: number, signal: AbortSignal): Promise<void> };

export const wallClock: PaceClock = {
  now: () => performance.now(),
  async until(ms, signal) {
    const left = ms - performance.now();
    if (left > 0) await delay(left, undefined, { signal });
  },
};

export type VoiceClientOptions = {
  /** `http(s)://host:port` of the agent. */
  endpoint: string;
  key?: string;
  /** Certificate authority (PEM) of an agent that has its own. */
  ca?: string | undefined;
  /** How the microphone is paced: a factor of real time, or `device` when the source itself keeps time. */
  pace?: number | 'device';
  clock?: PaceClock;
  /** Mixes what the loudspeaker plays into the microphone, as a room does. */
  echo?: { gainDb: number; delayMs: number };
  /** Seconds of the recording that are kept; everything when left out. */
  keepSeconds?: number;
  /** Samples between the loudspeaker's queue and the ear. */
  speakerLatency?: number;
};

/** `mic`: the microphone's sample count at the instant the event arrived. */
type Listener = (event: ServerEvent, mic: number) => void;

/**
 * A microphone and a loudspeaker at the other end of `/ws/audio`, on one sample clock. Everything that it sends and
 * plays is in `recording`.
 *
 * @example
 * const client = await VoiceClient.connect({ endpoint, key }, signal);
 * client.onEvent((event) => console.log(event.type));
 * await client.talk(frames, signal);
 * await client.close();
 */
export class VoiceClient {
  readonly recording: StereoRecording;
  readonly loudspeaker: Loudspeaker;
  readonly #socket: WebSocket;
  readonly #clock: PaceClock;
  readonly #pace: number | 'device';
  readonly #echo: { gain: number; delay: number } | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #playedListeners = new Set<(played: Played) => void>();
  readonly #speakerListeners = new Set<(samples: Int16Array) => void>();
  #begun: number | undefined;
  #sent = 0;
  #closeCode: number | undefined;

  /** @throws TwinError `TWIN_UNREACHABLE` (retryable), `TWIN_REFUSED`; AbortError. */
  static async connect(options: VoiceClientOptions, signal: AbortSignal): Promise<VoiceClient> {
    const early: [Buffer, boolean][] = [];
    const socket = await openSocket(options, '/ws/audio', (data, binary) => early.push([data, binary]), signal);
    return new VoiceClient(socket, options, early);
  }

  private constructor(socket: WebSocket, options: VoiceClientOptions, early: [Buffer, boolean][]) {
    this.#socket = socket;
    this.#clock = options.clock ?? wallClock;
    this.#pace = options.pace ?? 1;
    this.#echo = options.echo && { gain: 10 ** (options.echo.gainDb / 20), delay: msToSamples(options.echo.delayMs) };
    this.recording = new StereoRecording(
      options.keepSeconds === undefined ? undefined : msToSamples(options.keepSeconds * 1000),
    );
    this.loudspeaker = new Loudspeaker({
      latency: options.speakerLatency ?? 0,
      onSamples: (samples) => {
        this.recording.speaker.append(samples);
        for (const listener of this.#speakerListeners) listener(samples);
      },
      onPlayed: (played) => {
        this.send({ type: 'played', ...played });
        for (const listener of this.#playedListeners) listener(played);
      },
    });
    socket.removeAllListeners('message');
    socket.on('message', (data: Buffer, binary) => this.#receive(data, binary));
    socket.on('error', () => undefined);
    socket.once('close', (code) => {
      this.#closeCode = code;
    });
    setImmediate(() => {
      for (const [data, binary] of early) this.#receive(data, binary);
    });
  }

  /** Microphone samples sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** The microphone's sample count at this instant, the frame that is being captured included. */
  get position(): number {
    if (this.#begun === undefined || this.#pace === 'device') return this.#sent;
    const elapsed = msToSamples((this.#clock.now() - this.#begun) * this.#pace);
    return Math.max(this.#sent, Math.min(elapsed, this.#sent + 10 * FRAME_SAMPLES));
  }

  get closed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  onEvent(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onPlayed(listener: (played: Played) => void): () => void {
    this.#playedListeners.add(listener);
    return () => this.#playedListeners.delete(listener);
  }

  /** What the loudspeaker plays, silence included, in step with the microphone. */
  onSpeaker(listener: (samples: Int16Array) => void): () => void {
    this.#speakerListeners.add(listener);
    return () => this.#speakerListeners.delete(listener);
  }

  send(message: ClientMessage): void {
    if (!this.closed) this.#socket.send(JSON.stringify(message));
  }

  /**
   * Sends microphone audio until `source` ends, in 20 ms frames of which each leaves when its last sample is captured.
   * Deadlines are absolute, so a late frame does not delay those after it.
   * @throws TwinError `TWIN_CONNECTION_LOST`; AbortError.
   */
  async talk(source: AsyncIterable<Int16Array>, signal: AbortSignal): Promise<void> {
    this.#begun ??= this.#clock.now() - this.#msOf(this.#sent);
    for await (const frame of frames(source)) {
      const end = this.#sent + frame.length;
      if (this.#pace !== 'device') await this.#clock.until(this.#begun + this.#msOf(end), signal);
      signal.throwIfAborted();
      if (this.closed) throw this.#lost();
      this.loudspeaker.advance(end);
      const samples = this.#echo ? this.#withEcho(frame) : frame;
      this.recording.mic.append(samples);
      this.#sent = end;
      this.#socket.send(toBytes(samples));
    }
  }

  /** Closes the connection and waits until it is closed. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), 2000);
    await closed;
    clearTimeout(timer);
  }

  #receive(data: Buffer, binary: boolean): void {
    const mic = this.position;
    this.loudspeaker.advance(mic);
    if (binary) {
      const samples = fromBytes(data.subarray(AUDIO_HEADER_BYTES));
      this.loudspeaker.receive(data.readUInt32LE(0), data.readUInt32LE(4), samples);
      return;
    }
    const event = JSON.parse(data.toString()) as ServerEvent;
    if (event.type === 'audio.hold') this.loudspeaker.hold(event.data.turn);
    if (event.type === 'audio.resume') this.loudspeaker.resume(event.data.turn);
    if (event.type === 'audio.flush') this.loudspeaker.flush(event.data.turn);
    if (event.type === 'audio.end') this.loudspeaker.end(event.data.turn, event.data.samples);
    for (const listener of this.#listeners) listener(event, mic);
  }

  #withEcho(frame: Int16Array): Int16Array {
    const { gain, delay } = this.#echo as { gain: number; delay: number };
    const heard = this.recording.speaker.slice(this.#sent - delay, this.#sent - delay + frame.length);
    return frame.map((s, i) => Math.max(-32768, Math.min(32767, Math.round(s + gain * (heard[i] ?? 0)))));
  }

  #msOf(samples: number): number {
    return samplesToMs(samples) / (this.#pace === 'device' ? 1 : this.#pace);
  }

  #lost(): TwinError {
    return new TwinError(
      'TWIN_CONNECTION_LOST',
      `The agent closed the connection (code ${this.#closeCode ?? 'unknown'}).`,
      {
        next: "Look at the agent's log, then connect again.",
        retryable: true,
      },
    );
  }
}

/** Cuts pieces of any length into 20 ms frames; the last one may be shorter. */
async function* frames(source: AsyncIterable<Int16Array>): AsyncGenerator<Int16Array> {
  let rest = new Int16Array(0);
  for await (const piece of source) {
    let at = 0;
    if (rest.length > 0) {
      const filled = new Int16Array(Math.min(FRAME_SAMPLES, rest.length + piece.length));
      filled.set(rest);
      filled.set(piece.subarray(0, filled.length - rest.length), rest.length);
      at = filled.length - rest.length;
      if (filled.length < FRAME_SAMPLES) {
        rest = filled;
        continue;
      }
      yield filled;
    }
    for (; at + FRAME_SAMPLES <= piece.length; at += FRAME_SAMPLES) yield piece.slice(at, at + FRAME_SAMPLES);
    rest = piece.slice(at);
  }
  if (rest.length > 0) yield rest;
}
