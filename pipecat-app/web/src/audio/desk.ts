import { openDevice, playOn } from './devices.js';
import { type Mic, type MicNews, openMic } from './microphone.js';
import { WIRE_RATE } from './rate.js';
import workletUrl from './worklet.ts?worker&url';
import { PLAYER, type PlayerNews, type PlayerOrder } from './worklet-messages.js';

export type DeskNews = MicNews & {
  played(turn: number, samples: number, captured: number): void;
  botLevel(level: number): void;
  /** Whether the browser lets sound out; it does not before the first click or key on the page. */
  running(yes: boolean): void;
  /** The chosen loudspeaker is not there; the system's own plays. */
  sinkGone(): void;
};

type Room = { context: AudioContext; player: AudioWorkletNode; gain: GainNode };

/** The one AudioContext of the page: microphone and player share it, and with it one sample clock. */
export class Desk {
  readonly #news: DeskNews;
  #room: Promise<Room> | null = null;
  #mic: Mic | null = null;
  #audible = true;
  #sink = '';

  constructor(news: DeskNews) {
    this.#news = news;
  }

  /** Makes the player ready. Call from a click or a key, else the browser keeps it silent until the next one. */
  async wake(): Promise<void> {
    const { context } = await this.#enter();
    if (context.state === 'suspended') await context.resume();
  }

  /** Lets a silent player out; does nothing before `wake` or `order` made one. */
  async unlock(): Promise<void> {
    if (this.#room !== null) await this.wake();
  }

  /** Passes an order to the player. Only audio makes one: there is nothing to hold or drop before. */
  order(order: PlayerOrder): void {
    const room = order.type === 'audio' ? this.#enter() : this.#room;
    // Whoever woke the desk was told why it could not be built.
    room?.then(
      ({ player }) => player.port.postMessage(order),
      () => {},
    );
  }

  /** Sound on or off at once; what plays goes on silently and counts as shown. */
  setAudible(audible: boolean): void {
    this.#audible = audible;
    this.#room?.then(
      ({ gain, context }) => gain.gain.setTargetAtTime(audible ? 1 : 0, context.currentTime, 0.005),
      () => {},
    );
  }

  /** Plays on this loudspeaker from now on; empty = the system's own. */
  playOn(id: string): void {
    this.#sink = id;
    this.#room?.then(
      ({ context }) => this.#choose(context),
      () => {},
    );
  }

  /**
   * Opens the microphone `id` (empty = the system's own) with its gate closed. False when it is not there: then the
   * system's own is open. Throws what `getUserMedia` throws.
   */
  async openMic(id: string, raw: boolean): Promise<boolean> {
    if (this.#mic) return true;
    const asked = openDevice(id, raw);
    // It may be refused while the player still wakes; whoever waits for it below is told.
    asked.catch(() => {});
    try {
      await this.wake();
    } catch (error) {
      asked.then(
        ({ stream }) => stopTracks(stream),
        () => {},
      );
      throw error;
    }
    const { stream, found } = await asked;
    try {
      this.#mic = openMic((await this.#enter()).context, stream, this.#news);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotSupportedError') throw error;
      // This browser connects a microphone only to a context of the microphone's own rate.
      await this.#replaceRoom();
      this.#mic = openMic((await this.#enter()).context, stream, this.#news);
    } finally {
      if (!this.#mic) stopTracks(stream);
    }
    return found;
  }

  gate(open: boolean): void {
    this.#mic?.gate(open);
  }

  closeMic(): void {
    this.#mic?.close();
    this.#mic = null;
  }

  #enter(rate: number | null = WIRE_RATE): Promise<Room> {
    this.#room ??= this.#build(rate).catch((error: unknown) => {
      this.#room = null;
      throw error;
    });
    return this.#room;
  }

  async #choose(context: AudioContext): Promise<void> {
    if (!(await playOn(context, this.#sink))) this.#news.sinkGone();
  }

  async #replaceRoom(): Promise<void> {
    const room = await this.#room;
    this.#room = null;
    await room?.context.close();
    const { context } = await this.#enter(null);
    await context.resume();
  }

  async #build(rate: number | null): Promise<Room> {
    const context = newContext(rate);
    if (this.#sink !== '') await this.#choose(context);
    context.onstatechange = () => this.#news.running(context.state === 'running');
    await context.audioWorklet.addModule(workletUrl);
    const player = new AudioWorkletNode(context, PLAYER, { numberOfInputs: 0, outputChannelCount: [1] });
    const gain = new GainNode(context, { gain: this.#audible ? 1 : 0 });
    player.connect(gain).connect(context.destination);
    player.port.onmessage = ({ data }: MessageEvent<PlayerNews>) => {
      if (data.type === 'level') this.#news.botLevel(data.level);
      else this.#news.played(data.played.turn, data.played.samples, data.captured);
    };
    this.#news.running(context.state === 'running');
    return { context, player, gain };
  }
}

/** At `rate` if the browser has it, else (and for null) at the rate of the hardware. */
function newContext(rate: number | null): AudioContext {
  if (rate !== null) {
    try {
      return new AudioContext({ latencyHint: 'interactive', sampleRate: rate });
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotSupportedError') throw error;
    }
  }
  return new AudioContext({ latencyHint: 'interactive' });
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
