import { FrameProcessor, type FrameProcessorOptions, Message } from '@ricky0123/vad-node';
import { samplesToMs } from '../voice/pcm.js';
import type { VadEvent, VadKnobs } from './vad.js';

/** The frame processor keeps the audio of a segment; the session has its own copy, so it gets none to keep. */
const NO_AUDIO = new Float32Array(0);

/**
 * Turns the speech probabilities of one session into events. `@ricky0123/vad-node`'s frame processor decides where a
 * segment starts and ends; this class feeds it a live stream and knows the samples.
 */
export class Detector {
  readonly #frameSamples: number;
  readonly #options: FrameProcessorOptions;
  readonly #processor: FrameProcessor;
  #probability = 0;
  #lastSpeechEnd = 0;

  constructor(frameSamples: number, knobs: VadKnobs) {
    this.#frameSamples = frameSamples;
    this.#options = { frameSamples, submitUserSpeechOnPause: false, ...toFrames(frameSamples, knobs) };
    this.#processor = new FrameProcessor(
      async () => ({ isSpeech: this.#probability, notSpeech: 1 - this.#probability }),
      // The model's memory spans segments: the audio goes on without a gap.
      () => undefined,
      this.#options,
    );
    this.#processor.resume();
  }

  /** Takes effect with the next frame; a running segment goes on. */
  set(knobs: VadKnobs): void {
    Object.assign(this.#options, toFrames(this.#frameSamples, knobs));
  }

  endSegment(): void {
    this.#processor.endSegment();
  }

  /**
   * @param at index of the frame's first sample.
   * @returns the `frame` event, then what the frame decided.
   */
  async step(at: number, probability: number): Promise<VadEvent[]> {
    const end = at + this.#frameSamples;
    this.#probability = probability;
    if (probability >= this.#options.positiveSpeechThreshold) this.#lastSpeechEnd = end;
    const events: VadEvent[] = [{ type: 'frame', at: end, probability }];
    const { msg } = await this.#processor.process(NO_AUDIO);
    if (msg === Message.SpeechStart) events.push({ type: 'speechStarted', at });
    if (msg === Message.SpeechEnd) events.push({ type: 'speechStopped', at: this.#lastSpeechEnd });
    if (msg === Message.VADMisfire) events.push({ type: 'misfire', at: this.#lastSpeechEnd });
    return events;
  }
}

/** Milliseconds become whole frames, rounded up, so that no knob is ever undercut. */
function toFrames(frameSamples: number, knobs: VadKnobs) {
  const frames = (ms: number) => Math.ceil(ms / samplesToMs(frameSamples));
  return {
    positiveSpeechThreshold: knobs.threshold,
    negativeSpeechThreshold: knobs.negThreshold,
    minSpeechFrames: frames(knobs.minSpeechMs),
    redemptionFrames: Math.max(1, frames(knobs.redemptionMs)),
    preSpeechPadFrames: frames(knobs.prerollMs),
  };
}
