import { FrameCutter } from './frames.js';
import { Playout } from './playout.js';
import { loudness, WIRE_RATE } from './rate.js';
import { Resampler } from './resample.js';
import {
  CAPTURE,
  type CaptureNews,
  type CaptureOrder,
  PLAYER,
  type PlayerNews,
  type PlayerOrder,
} from './worklet-messages.js';

/** Wire samples that the player fetches at a time when it has to resample: 2.5 ms. */
const BLOCK = 40;
/** Level reports of the player: about every 50 ms. */
const LEVEL_SAMPLES = 800;

/** One capture clock for the whole worklet scope, so that the player can name the microphone sample of an instant. */
const cutter = new FrameCutter(sampleRate);

class Capture extends AudioWorkletProcessor {
  #open = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<CaptureOrder>) => {
      if (this.#open && !data.open) this.#send(cutter.finish());
      this.#open = data.open;
      this.port.postMessage({ type: 'gate', open: data.open } satisfies CaptureNews);
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    if (channel && this.#open) this.#send(cutter.push(channel));
    return true;
  }

  #send(frames: ReturnType<FrameCutter['push']>): void {
    for (const frame of frames) {
      this.port.postMessage({ type: 'frame', ...frame } satisfies CaptureNews, [frame.samples.buffer]);
    }
  }
}

class Player extends AudioWorkletProcessor {
  readonly #playout = new Playout();
  readonly #resampler = sampleRate === WIRE_RATE ? null : new Resampler(WIRE_RATE, sampleRate);
  #ready = new Float32Array(0);
  #sinceLevel = 0;
  #level = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlayerOrder>) => {
      if (data.type === 'audio') this.#playout.push(data.turn, data.at, data.samples);
      else if (data.type === 'end') this.#playout.end(data.turn, data.samples);
      else if (data.type === 'reset') this.#playout.reset();
      else this.#playout[data.type](data.turn);
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channel = outputs[0]?.[0];
    if (!channel) return true;
    if (this.#resampler) this.#fill(channel, this.#resampler);
    else this.#pull(channel);
    this.#meter(channel);
    return true;
  }

  #fill(channel: Float32Array, resampler: Resampler): void {
    while (this.#ready.length < channel.length) {
      const block = new Float32Array(BLOCK);
      this.#pull(block);
      const more = resampler.push(block);
      const joined = new Float32Array(this.#ready.length + more.length);
      joined.set(this.#ready);
      joined.set(more, this.#ready.length);
      this.#ready = joined;
    }
    channel.set(this.#ready.subarray(0, channel.length));
    this.#ready = this.#ready.slice(channel.length);
  }

  #pull(block: Float32Array): void {
    for (const played of this.#playout.pull(block)) {
      this.port.postMessage({ type: 'played', played, captured: cutter.captured } satisfies PlayerNews);
    }
  }

  #meter(channel: Float32Array): void {
    this.#sinceLevel += (channel.length * WIRE_RATE) / sampleRate;
    const level = loudness(channel);
    this.#level = Math.max(this.#level, level);
    if (this.#sinceLevel < LEVEL_SAMPLES) return;
    this.port.postMessage({ type: 'level', level: this.#level } satisfies PlayerNews);
    this.#sinceLevel = 0;
    this.#level = 0;
  }
}

registerProcessor(CAPTURE, Capture);
registerProcessor(PLAYER, Player);
